// submit [FILE]: what a second submission under the same key may ask for, and a job that must be done in time.
// [submit
#include <cstdio>
#include <semaphore>
#include <thread>

#include "jobs/engine.h"

using namespace std::chrono_literals;

int main(int argc, char** argv) {
  std::counting_semaphore news(0);
  jobs::Engine engine({.path = argc > 1 ? argv[1] : "jobs.db"});
  engine.handle("quote", [](jobs::Context& job) {
    while (!job.stop_token().stop_requested()) std::this_thread::yield();  // A market that does not answer.
    return jobs::Result{.summary = "nobody wants it any more"};
  });

  // While it waits, the newest text of a page takes the place of the one before.
  const jobs::JobSpec index = {.kind = "index",
                               .payload = "text",
                               .queue = "pages",
                               .unique_key = "page/7",
                               .on_conflict = jobs::OnConflict::replace_pending};
  const jobs::JobId first = engine.submit(index);
  const jobs::Submitted second = engine.submit(index);
  std::printf("index: %s %s\n", second.holder == first ? "replaced the first, which is" : "?",
              std::string(to_string(engine.find(first)->state)).c_str());

  // One digest a day, also when today's has been sent already.
  const jobs::JobSpec digest = {.kind = "digest",
                                .queue = "mail",
                                .unique_key = "digest/ana",
                                .unique_for = 24h,
                                .on_conflict = jobs::OnConflict::refuse};
  engine.submit(digest);
  std::printf("digest: %s\n", engine.submit(digest).created() ? "a second one" : "refused");

  // Not done in a tenth of a second is as good as not done.
  const auto subscription = engine.subscribe([&](auto) { news.release(); });
  engine.start();
  const jobs::JobId quote = engine.submit({.kind = "quote", .deadline = 100ms});
  while (!jobs::is_terminal(engine.find(quote)->state)) news.acquire();
  std::printf("quote: %s\n", engine.find(quote)->failure->code.c_str());
}
// submit]
