// store/notices.h - what an observer is to be told of the group that is being written. There only when there is an observer:
// without one, the tables hold a null pointer and look nothing up.
// Used inside the writer's turn only.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "core/delivery.h"
#include "jobs/job.h"
#include "jobs/observer.h"
#include "store/statement.h"

namespace jobs::store {

class Notices {
 public:
  explicit Notices(SQLite::Database& database);

  void submitted(const JobSpec& spec, const JobId& job, Time now);
  void started(const Job& job, Time now);
  // `ran`: it was RUNNING until now.
  void ended(const JobId& job, int attempt, AttemptEnd end, bool ran, Time now);
  void delivered(const AttemptRecord& made, int attempt, const std::string& host, std::int64_t job);

  // Tells everything, in order, and forgets it.
  void tell(Observer& observer);
  void clear() { notices_.clear(); }
  // A point to go back to when one command of the group is undone.
  std::size_t mark() const { return notices_.size(); }
  void restore(std::size_t to) { notices_.resize(to); }

 private:
  Statement find_;
  Statement find_traced_;
  std::vector<std::function<void(Observer&)>> notices_;
};

}  // namespace jobs::store
