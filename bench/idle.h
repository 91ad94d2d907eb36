// idle.h - what an engine takes that has nothing to do.
#pragma once

#include <filesystem>

struct Idle {
  // Of all threads of the process, the one that measures included.
  long switches = 0;
  double cpu_ms = 0;
  // Resident, program text included, without what SQLite holds (its page cache above all).
  double memory_mb = 0;
};

// Opens an engine with `scheduled` jobs that are due in an hour, starts it, and watches it for `seconds`.
Idle watch_idle_engine(const std::filesystem::path& file, int scheduled, int seconds);
