#include "idle.h"

#include <malloc.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>
#include <vector>

#include "jobs/engine.h"

namespace {

struct Usage {
  long switches = 0;
  double cpu_ms = 0;
};

Usage used() {
  rusage now = {};
  ::getrusage(RUSAGE_SELF, &now);
  const auto ms = [](const timeval& time) { return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3; };
  return {now.ru_nvcsw + now.ru_nivcsw, ms(now.ru_utime) + ms(now.ru_stime)};
}

double resident_mb() {
  std::ifstream file("/proc/self/statm");
  long size = 0, resident = 0;
  file >> size >> resident;
  return static_cast<double>(resident * ::sysconf(_SC_PAGESIZE)) / 1e6;
}

}  // namespace

Idle watch_idle_engine(const std::filesystem::path& file, int scheduled, int seconds) {
  {
    jobs::Engine engine({.path = file});
    const std::vector<jobs::JobSpec> later(1000, {.kind = "bench", .delay = std::chrono::hours(1)});
    for (int i = 0; i < scheduled; i += 1000) engine.submit_all(later);
  }
  // What the cases before this one have freed is not the engine's.
  ::malloc_trim(0);
  jobs::Engine engine({.path = file});
  engine.handle("bench", [](jobs::Context&) { return jobs::Result{}; });
  engine.start();
  // Once in use, so that what is made on first use is there.
  engine.submit({.kind = "bench"});
  std::this_thread::sleep_for(std::chrono::seconds(1));
  const Usage before = used();
  std::this_thread::sleep_for(std::chrono::seconds(seconds));
  const Usage after = used();
  return {.switches = after.switches - before.switches,
          .cpu_ms = after.cpu_ms - before.cpu_ms,
          .memory_mb = resident_mb() - static_cast<double>(sqlite3_memory_used()) / 1e6};
}
