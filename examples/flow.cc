// flow [FILE]: orders that wait for their payment and are packed in parts, and a report when all have ended.
// [flow
#include <cstdio>
#include <semaphore>
#include <string>
#include <vector>

#include "jobs/engine.h"

int main(int argc, char** argv) {
  using namespace std::chrono_literals;
  std::counting_semaphore news(0);  // outlives the engine, which tells it
  jobs::Engine engine({.path = argc > 1 ? argv[1] : "jobs.db"});
  engine.handle("order", [](jobs::Context& job) {
    // A step with tries of its own: when one fails, the job waits for the next without holding a thread.
    const std::string number = job.step("number", [] { return std::string("17"); }, {.retry = {.base = 1s}, .max_attempts = 5});
    const auto paid = job.wait_for_signal("paid", 72h);  // nor is one held here, and a restart changes nothing
    if (!paid) throw jobs::Failure{.code = "unpaid", .message = "Nobody paid in three days.", .retry = false};
    job.submit("pack", {.kind = "part", .payload = "packed"});  // once, however often the handler runs
    job.submit("label", {.kind = "part", .payload = "labelled"});
    std::string summary = "order " + number + ", paid by " + *paid;
    for (const jobs::Outcome& part : job.wait_children()) summary += ", " + part.summary;
    job.sleep("until the van comes", 10ms);
    return jobs::Result{.summary = summary};
  });
  engine.handle("part", [](jobs::Context& job) { return jobs::Result{.summary = job.payload()}; });
  engine.handle("report", [](jobs::Context& job) {
    std::string lines;
    for (const jobs::Outcome& order : job.dependencies()) {
      lines += order.state == jobs::State::complete ? order.summary + "\n" : std::string(to_string(order.state)) + "\n";
    }
    return jobs::Result{.summary = lines};
  });
  const auto subscription = engine.subscribe([&](auto) { news.release(); });
  engine.start();
  const std::vector<jobs::JobSpec> orders(2, {.kind = "order"});
  const jobs::Batch batch = engine.submit_batch(orders, {.kind = "report"});  // stored with them, so it cannot be lost
  if (engine.signal(batch.jobs[0], "paid", "card") != jobs::Signalled::stored) return 1;
  engine.cancel(batch.jobs[1]);
  while (!jobs::is_terminal(engine.find(batch.callback)->state)) news.acquire();
  std::fputs(engine.find(batch.callback)->summary.c_str(), stdout);
}
// flow]
