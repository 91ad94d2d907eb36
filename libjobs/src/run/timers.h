// run/timers.h - wakes when something is due, and sleeps otherwise: scheduled jobs, ended leases, renewals, time limits.
// An idle engine's timers do not wake at all.
// Thread safety: every member may be called from any thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <optional>
#include <thread>

#include "core/guarded.h"
#include "jobs/clock.h"

namespace jobs::run {

class Timers {
 public:
  // `run_once` does what is due and returns when it wants to be called again.
  Timers(Clock& clock, std::function<std::optional<Time>()> run_once) : clock_(clock), run_once_(std::move(run_once)) {}
  ~Timers() { stop(); }

  void start();
  void stop();
  // Something will be due at `at`. Cheap when that is no news.
  void wake_by(Time at);

 private:
  void main();

  Clock& clock_;
  const std::function<std::optional<Time>()> run_once_;

  Mutex mutex_;
  std::condition_variable wake_;
  Time next_ JOBS_GUARDED_BY(mutex_) = Time::max();
  bool running_ JOBS_GUARDED_BY(mutex_) = false;
  bool stopping_ JOBS_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace jobs::run
