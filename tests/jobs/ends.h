// ends.h - waits for what happens to a job by its events, so that nothing polls.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>
#include <span>
#include <vector>

#include "jobs/engine.h"

class Ends {
 public:
  explicit Ends(jobs::Engine& engine)
      : subscription_(engine.subscribe([this](std::span<const jobs::Event> events) {
          const std::lock_guard lock(mutex_);
          for (const auto& event : events) seen_.push_back(event);
          wake_.notify_all();
        })) {}

  void wait_for(const jobs::JobId& id, jobs::EventType type, int times = 1) {
    std::unique_lock lock(mutex_);
    const bool came = wake_.wait_for(lock, std::chrono::seconds(30), [&] {
      return std::count_if(seen_.begin(), seen_.end(),
                           [&](const auto& event) { return event.job == id && event.type == type; }) >= times;
    });
    if (!came) FAIL("the event did not come");
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<jobs::Event> seen_;
  jobs::Subscription subscription_;
};
