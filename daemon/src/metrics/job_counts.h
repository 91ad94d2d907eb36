// metrics/job_counts.h - what happened to jobs since the start of the process, counted as it becomes durable.
//
// Thread safety: construct before the engine starts, destroy before the engine; write() from any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "jobs/engine.h"
#include "metrics/exposition.h"

namespace jobsd {

class JobCounts {
 public:
  explicit JobCounts(jobs::Engine& engine);
  JobCounts(const JobCounts&) = delete;
  JobCounts& operator=(const JobCounts&) = delete;

  void write(Exposition& out) const;
  // Counts no more; the engine may go.
  void close() { subscription_ = {}; }

 private:
  double of(jobs::EventType type) const { return static_cast<double>(events_[static_cast<std::size_t>(type)]); }

  // By jobs::EventType.
  std::array<std::atomic<std::uint64_t>, 16> events_ = {};
  jobs::Subscription subscription_;
};

}  // namespace jobsd
