// schedule [FILE]: a job each second, one each night, and one a day that is paused.
// [schedule
#include <cstdio>
#include <semaphore>

#include "jobs/engine.h"

int main(int argc, char** argv) {
  std::counting_semaphore beaten(0);  // outlives the engine, whose handler uses it
  jobs::Engine engine({.path = argc > 1 ? argv[1] : "jobs.db"});
  engine.handle("beat", [&](jobs::Context&) {
    beaten.release();
    return jobs::Result{};
  });
  // Stored under its name: the same call at the next start changes nothing, so a firing is neither lost nor doubled.
  engine.schedule({.name = "pulse", .expression = "@every 1s", .job = {.kind = "beat"}});
  engine.schedule({.name = "report",
                   .expression = "30 2 * * MON-FRI",
                   .time_zone = "Europe/Berlin",
                   .job = {.kind = "report"},
                   .catch_up = jobs::CatchUp::all,  // a report for each night, also those the machine slept through
                   .overlap = jobs::Overlap::allow});
  engine.schedule({.name = "tidy", .expression = "@daily", .job = {.kind = "tidy"}, .overlap = jobs::Overlap::skip});
  engine.pause_schedule("tidy");
  engine.start();
  beaten.acquire();
  for (const jobs::ScheduleStatus& one : engine.schedules()) {
    std::printf("%s: %s%s\n", one.schedule.name.c_str(), one.schedule.expression.c_str(),
                one.next_at ? "" : ", paused");
  }
}
// schedule]
