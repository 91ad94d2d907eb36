// store/effects.h - what a group of writes means outside the file, gathered while it runs and acted on once it is durable.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include "jobs/job.h"
#include "store/move.h"

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
  static constexpr std::size_t kept_max = 4096;

  std::vector<Event> events = {};
  std::vector<StopRun> cancelled_runs = {};
  // In order. What they changed in memory is taken back when the group is.
  std::vector<Move> moves = {};
  // Queues that may have due jobs now.
  std::set<std::int64_t> ready_queues = {};
  std::vector<ProgressReport> progress_reports = {};
  // The outbox holds something new.
  bool outbox = false;
  // The earliest moment at which the timers will have something to do because of this group.
  Time timers_by = Time::max();

  void wake_timers_by(Time at) { timers_by = std::min(timers_by, at); }

  // Keeps the memory of events and moves, which the next group needs again, unless it was for an uncommonly large one.
  void clear() {
    std::vector<Event> no_events = emptied(std::move(events));
    std::vector<Move> no_moves = emptied(std::move(moves));
    *this = Effects();
    events = std::move(no_events);
    moves = std::move(no_moves);
  }

  // A point to go back to when one command of the group is undone. What is merely a hint (a ready queue, a moment for the
  // timers) may stay: acting on it finds nothing.
  struct Mark {
    std::size_t events = 0;
    std::size_t cancelled_runs = 0;
    std::size_t moves = 0;
    std::size_t progress_reports = 0;
  };
  Mark mark() const { return {events.size(), cancelled_runs.size(), moves.size(), progress_reports.size()}; }
  void restore(const Mark& to) {
    events.resize(to.events);
    cancelled_runs.resize(to.cancelled_runs);
    moves.resize(to.moves);
    progress_reports.resize(to.progress_reports);
  }

 private:
  template <class T>
  static std::vector<T> emptied(std::vector<T> used) {
    if (used.capacity() > kept_max) return {};
    used.clear();
    return used;
  }
};

}  // namespace jobs::store
