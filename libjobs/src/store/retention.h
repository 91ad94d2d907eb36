// store/retention.h - finding finished jobs whose time is over, and removing them piece by piece.
//
// Finding is a reader's work: it looks at whole pages of jobs, and holds up nobody. Removing is the writer's, and so is cut
// into pieces of well under a millisecond, with a look at the time after each (Patience). What a job owns goes before the
// job itself; a job that is removed in part is a sound one with a shorter history.
//
// Jobs lie in the order of their submission and no index is kept by age, which every finish would have to write.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "jobs/engine.h"
#include "jobs/transaction.h"
#include "store/statement.h"

namespace jobs::store {

// How long the jobs of each queue are kept.
class RetentionRules {
 public:
  explicit RetentionRules(const Options& options);

  // Zero: for ever.
  std::chrono::milliseconds kept(const std::string& queue, State state) const;
  // The shortest time that any job is kept. Empty: all are kept for ever.
  std::optional<std::chrono::milliseconds> shortest() const { return shortest_; }

 private:
  // By terminal state, COMPLETE first.
  using Kept = std::array<std::chrono::milliseconds, 3>;
  Kept otherwise_ = {};
  std::map<std::string, Kept, std::less<>> queues_;
  std::optional<std::chrono::milliseconds> shortest_;
};

// A finished job whose time is over.
struct Expired {
  std::int64_t number = 0;
  Time finished_at = {};
  // It owns so much beside its events that it has to be removed in pieces.
  bool large = false;
};

// What was found in a run of jobs, `after` to `last`.
struct ExpiredPage {
  std::vector<Expired> expired = {};
  // Of those looked at. Empty: there are no more jobs.
  std::optional<std::int64_t> last = {};
  // No other of these jobs expires before. Time::max(): never.
  Time next = Time::max();
  // There are jobs after `last`.
  bool more = false;
};

// Looks at up to `limit` jobs after number `after`, and at none after number `until`.
ExpiredPage read_expired(Reader& reader, const RetentionRules& rules, Time now, std::int64_t after, std::int64_t until,
                         int limit);

// How long a bite may take. Once the time is over it stays over.
class Patience {
 public:
  using Stopwatch = std::function<std::chrono::steady_clock::time_point()>;
  Patience(const Stopwatch& stopwatch, std::chrono::microseconds most) : stopwatch_(stopwatch), until_(stopwatch() + most) {}
  bool over() { return over_ = over_ || stopwatch_() >= until_; }

 private:
  const Stopwatch& stopwatch_;
  const std::chrono::steady_clock::time_point until_;
  bool over_ = false;
};

// Used inside the writer's turn only.
class RetentionTable {
 public:
  explicit RetentionTable(SQLite::Database& database);

  enum class [[nodiscard]] Removed {
    // Gone, or to be left alone: one that has run again since, or that a live job comes after or submitted. The newest job and
    // the owner of the newest event stay too, so that no number is given out twice.
    done,
    // A part of it is left.
    partly,
  };
  // Removes a job, or as much of it as `patience` allows: at least one piece.
  Removed remove(const Expired& job, Patience& patience);

 private:
  // Deletes by `statement`, a few rows a time. False: some are left.
  bool clear(Statement& statement, std::int64_t number, Patience& patience);

  Statement find_;
  Statement needed_;
  Statement some_dependents_;
  Statement newest_;
  Statement delete_event_;
  Statement set_last_event_;
  std::vector<Statement> pieces_;
  Statement delete_;
};

}  // namespace jobs::store
