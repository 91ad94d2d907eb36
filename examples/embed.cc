// embed [FILE]: durable jobs inside a program of one's own, with nothing to run beside it.
//
// Kill it at any moment and start it again with the same FILE: what was submitted and not finished is finished then.
// [readme
#include <cstdio>
#include <semaphore>
#include <string>

#include "jobs/engine.h"

int main(int argc, char** argv) {
  jobs::Engine engine({.path = argc > 1 ? argv[1] : "jobs.db"});
  engine.handle("greet", [](jobs::Context& job) {
    const std::string name = job.step("look up", [&] { return job.payload(); });  // runs once, whatever happens
    return jobs::Result{.summary = "hello, " + name};
  });
  std::counting_semaphore news(0);
  const auto subscription = engine.subscribe([&](auto) { news.release(); });
  engine.start();
  const jobs::JobId id = engine.submit({.kind = "greet", .payload = "world"});  // on disk when it returns
  while (!jobs::is_terminal(engine.find(id)->state)) news.acquire();
  std::puts(engine.find(id)->summary.c_str());
}
// readme]
