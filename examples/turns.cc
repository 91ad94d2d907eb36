// turns [FILE]: two customers share a queue, and the one with a single job does not wait for the other's many.
// [turns
#include <cstdio>
#include <semaphore>

#include "jobs/engine.h"

int main(int argc, char** argv) {
  using namespace std::chrono_literals;
  std::counting_semaphore sent(0);  // outlives the engine, whose handler uses it
  jobs::Engine engine({.path = argc > 1 ? argv[1] : "jobs.db",
                       .queues = {{"mail",
                                   {.workers = 1,
                                    .rate = {.count = 1'000, .per = 1s},      // what the relay takes
                                    .key_rate = {.count = 100, .per = 1min},  // and what one customer may use of it
                                    .ordered = true}}}});                     // a customer's mails leave in their order
  engine.handle("send", [&](jobs::Context& job) {
    std::printf("%s %s\n", job.job().key.c_str(), job.payload().c_str());
    sent.release();
    return jobs::Result{};
  });
  engine.start();
  engine.pause_queue("mail");  // so that all are there before the first starts
  for (const char* mail : {"1", "2", "3"}) engine.submit({.kind = "send", .payload = mail, .queue = "mail", .key = "big"});
  engine.submit({.kind = "send", .payload = "1", .queue = "mail", .key = "small"});
  std::printf("waiting: %d\n", static_cast<int>(engine.statistics("mail")->ready));
  engine.resume_queue("mail");
  for (int i = 0; i < 4; ++i) sent.acquire();
}
// turns]
