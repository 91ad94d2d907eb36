// run/statistics.h - what QueueStatistics tells, kept in counters that move with each commit. Reading scans nothing.
// Thread safety: every member may be called from any thread.
#pragma once

#include <array>
#include <map>
#include <span>

#include "core/guarded.h"
#include "jobs/clock.h"
#include "jobs/queue.h"
#include "store/move.h"

namespace jobs::run {

class Statistics {
 public:
  // At open: so many jobs are in that place.
  void load(std::int64_t queue, store::Place place, std::int64_t count);
  // The moves of a group, once it is durable.
  void count(std::span<const store::Move> moves, Time now);
  // By the number of the queue; without its name, its pause and its oldest job, which the file knows.
  std::map<std::int64_t, QueueStatistics> read(Time now) const;

 private:
  struct Second {
    std::int64_t second = 0;
    Throughput happened = {};
  };
  struct Queue {
    QueueStatistics statistics = {};
    std::array<Second, 60> seconds = {};
  };
  static void count(Queue& queue, const store::Move& move, std::int64_t second);

  mutable Mutex mutex_;
  std::map<std::int64_t, Queue> queues_ JOBS_GUARDED_BY(mutex_);
};

}  // namespace jobs::run
