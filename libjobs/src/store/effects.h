// store/effects.h - what a group of writes means outside the file, gathered while it runs and acted on once it is durable.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include "jobs/job.h"

namespace jobs::store {

// A running job whose stop token is to be raised.
struct StopRun {
  std::int64_t number = 0;
  int attempt = 0;
};

// Progress that a receiver asked to hear of.
struct ProgressReport {
  JobId job = {};
  Progress progress = {};
};

struct Effects {
  static constexpr std::size_t events_kept_max = 4096;

  std::vector<Event> events = {};
  std::vector<StopRun> cancelled_runs = {};
  // Queues that may have due jobs now.
  std::set<std::int64_t> ready_queues = {};
  std::vector<ProgressReport> progress_reports = {};
  // The outbox holds something new.
  bool outbox = false;
  // The earliest moment at which the timers will have something to do because of this group.
  Time timers_by = Time::max();

  void wake_timers_by(Time at) { timers_by = std::min(timers_by, at); }

  // Keeps the memory of the events, which the next group needs again, unless it was for an uncommonly large one.
  void clear() {
    std::vector<Event> emptied = std::move(events);
    if (emptied.capacity() > events_kept_max) emptied = {};
    emptied.clear();
    *this = Effects();
    events = std::move(emptied);
  }

  // A point to go back to when one command of the group is undone. What is merely a hint (a ready queue, a moment for the
  // timers) may stay: acting on it finds nothing.
  struct Mark {
    std::size_t events = 0;
    std::size_t cancelled_runs = 0;
    std::size_t progress_reports = 0;
  };
  Mark mark() const { return {events.size(), cancelled_runs.size(), progress_reports.size()}; }
  void restore(const Mark& to) {
    events.resize(to.events);
    cancelled_runs.resize(to.cancelled_runs);
    progress_reports.resize(to.progress_reports);
  }
};

}  // namespace jobs::store
