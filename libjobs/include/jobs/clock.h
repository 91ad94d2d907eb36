// jobs/clock.h - time, as the engine sees it. Injected, so that a test of a deadline runs at once.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace jobs {

// A moment in UTC, to the millisecond: the resolution of every time the engine stores.
using Time = std::chrono::sys_time<std::chrono::milliseconds>;

// Thread safety: every member may be called from any thread.
class Clock {
 public:
  virtual ~Clock() = default;

  virtual Time now() const = 0;

  // Waits on `wake` until it is notified or this clock reaches `until`, whichever is first. May return early, so
  // callers check their condition again. `lock` is held on entry and on return.
  virtual void wait_until(std::unique_lock<std::mutex>& lock, std::condition_variable& wake, Time until) = 0;
};

// The machine's wall clock. Never destroyed.
Clock& system_clock();

}  // namespace jobs
