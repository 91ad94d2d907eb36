// store/flow.h - the rows of what jobs wait for: dependencies, signals, failures of steps, and the waiting columns of jobs.
//
// One member, one statement. What follows from what is decided in settle.cc and waits.cc. Used inside the writer's turn only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/statement.h"

namespace jobs::store {

class FlowTable {
 public:
  explicit FlowTable(SQLite::Database& database);

  // ---- Who waits for whom ----

  // `job` waits for `on`: as its parent, or because it comes after it.
  void depend(std::int64_t on, std::int64_t job, bool child, bool settled);
  void set_waiting(std::int64_t job, int open, int after_failure) { set_waiting_(job, open, after_failure).run(); }
  void set_parent(std::int64_t child, const JobId& parent) { set_parent_(child, parent).run(); }
  void open_one(std::int64_t job) { open_one_(job).run(); }
  void close_one(std::int64_t job) { close_one_(job).run(); }

  // A job that waits for another, and does not know yet that this one ended.
  struct Dependent {
    std::int64_t number = 0;
    JobId id = {};
    // It is the parent.
    bool parent = false;
    // PENDING, and waits for nothing but jobs.
    bool waits = false;
    int open = 0;
    int after_failure = 0;
    Time run_at = {};
    std::int64_t queue = 0;
    std::string key = {};
    // It ran before: a job that failed with its dependencies, and that somebody retried.
    bool started = false;
  };
  std::vector<Dependent> dependents(std::int64_t on, int limit);
  void set_settled(std::int64_t on, std::int64_t job) { set_settled_(on, job).run(); }
  // A child that had ended is live again, and its parent waits for it again.
  void reopen_child(std::int64_t child);
  std::vector<JobId> live_children(std::int64_t parent, int limit);
  // Whether one of `from` waits, over however many others, for `to`. Counts as so when more than `open_jobs_max` are met.
  bool leads_to(const std::vector<JobId>& from, std::int64_t to);

  void mark_unsettled(std::int64_t job, bool unsettled) { mark_unsettled_(job, unsettled).run(); }
  struct Unsettled {
    JobId id = {};
    int state = 0;
  };
  std::optional<Unsettled> next_unsettled();

  // ---- Waiting ----

  // What a job with due = 2 waits for: `awaits`, or its open jobs.
  void wait(std::int64_t job, const std::optional<std::string>& awaits, std::optional<Time> wake_at) {
    wait_(job, awaits, wake_at).run();
  }
  void wake(std::int64_t job, bool due, Time now) { wake_(job, due, now).run(); }
  struct Waiter {
    std::int64_t number = 0;
    std::int64_t queue = 0;
    std::string key = {};
    std::string awaits = {};
    Time wake_at = {};
  };
  std::vector<Waiter> ended_waits(Time now);
  std::optional<Time> next_wake();

  // ---- Signals and steps ----

  struct Stored {
    bool timed_out = false;
  };
  std::optional<Stored> find_signal(std::int64_t job, std::string_view name);
  int count_signals(std::int64_t job);
  void insert_signal(std::int64_t job, std::string_view name, Time at, std::optional<std::string_view> payload) {
    insert_signal_(job, name, at, payload).run();
  }
  bool awaits(std::int64_t job, std::string_view signal);

  // Returns how often the step has failed in this attempt now.
  int add_step_failure(std::int64_t job, std::string_view name, int attempt, int spent, Time at, std::string_view failure);
  std::optional<std::string> step(std::int64_t job, std::string_view name);

 private:
  Statement depend_;
  Statement set_depended_;
  Statement set_waiting_;
  Statement set_parent_;
  Statement open_one_;
  Statement close_one_;
  Statement dependents_;
  Statement set_settled_;
  Statement reopen_child_;
  Statement live_children_;
  Statement leads_to_;
  Statement mark_unsettled_;
  Statement next_unsettled_;
  Statement wait_;
  Statement wake_;
  Statement ended_waits_;
  Statement next_wake_;
  Statement find_signal_;
  Statement count_signals_;
  Statement insert_signal_;
  Statement awaits_;
  Statement add_step_failure_;
  Statement step_;
};

}  // namespace jobs::store
