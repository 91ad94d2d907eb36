// support/manual_clock.h - a clock that stands still until a test moves it.
#pragma once

#include <set>

#include "jobs/clock.h"

// Thread safety: every member may be called from any thread.
class ManualClock : public jobs::Clock {
 public:
  jobs::Time now() const override {
    const std::lock_guard lock(mutex_);
    return now_;
  }

  void wait_until(std::unique_lock<std::mutex>& lock, std::condition_variable& wake, jobs::Time until) override {
    {
      const std::lock_guard own(mutex_);
      if (now_ >= until) return;
      waiting_.insert(&wake);
    }
    // Moved on between the two locks, or notified: both end the wait, and the caller looks again. The bound only covers
    // an advance() that falls between them.
    wake.wait_for(lock, std::chrono::milliseconds(5));
    const std::lock_guard own(mutex_);
    waiting_.erase(&wake);
  }

  void advance(std::chrono::milliseconds by) {
    const std::lock_guard lock(mutex_);
    now_ += by;
    for (std::condition_variable* const wake : waiting_) wake->notify_all();
  }

 private:
  mutable std::mutex mutex_;
  jobs::Time now_ = jobs::Time(std::chrono::milliseconds(1'700'000'000'000));
  std::set<std::condition_variable*> waiting_;
};
