// retries [FILE]: an import that fails, waits and succeeds, and a charge that fails for good until somebody asks again.
// [retries
#include <cstdio>
#include <semaphore>

#include "jobs/engine.h"

using namespace std::chrono_literals;

int main(int argc, char** argv) {
  std::counting_semaphore news(0);
  jobs::Engine engine({.path = argc > 1 ? argv[1] : "jobs.db"});

  const auto import = [](jobs::Context& job) {
    if (job.attempt() <= 2) throw jobs::Failure{.code = "busy", .message = "the shop does not answer"};
    if (job.attempt() == 3) throw jobs::Snooze{1ms};  // Nothing is wrong, it is only too early: burns no attempt.
    return jobs::Result{.summary = "imported"};
  };
  // The wait grows by itself: 10 ms, 20 ms. Without a function it would be a random time up to base, 2 * base, 4 * base, …
  engine.handle("import", import, {.retry = {.wait = [](int failures, const jobs::Failure&) { return failures * 10ms; }}});

  const auto charge = [](jobs::Context& job) {
    if (job.attempt() == 1) throw jobs::Failure{.code = "card_refused", .message = "the card has expired"};
    return jobs::Result{.summary = "charged"};
  };
  engine.handle("charge", charge, {.retry = {.base = 5s, .cap = 10min, .never = {"card_refused"}}});

  const auto subscription = engine.subscribe([&](auto) { news.release(); });
  const auto ended = [&](const jobs::JobId& id) {
    while (!jobs::is_terminal(engine.find(id)->state)) news.acquire();
    return *engine.find(id);
  };
  engine.start();

  const jobs::JobId imported = engine.submit({.kind = "import", .max_attempts = 3});
  std::printf("import: %s\n", ended(imported).summary.c_str());
  for (const jobs::AttemptFailure& one : engine.failures(imported)) {
    std::printf("  attempt %d: %s\n", one.attempt, one.failure.code.c_str());
  }

  const jobs::JobId charged = engine.submit({.kind = "charge"});
  std::printf("charge: %s\n", ended(charged).failure->code.c_str());
  // The customer has given another card.
  if (engine.retry_now(charged) == jobs::RetryNow::revived) std::printf("charge: %s\n", ended(charged).summary.c_str());
}
// retries]
