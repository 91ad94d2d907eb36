// store/event_policy.h - which events of a queue's jobs are stored (QueueOptions::events). Used inside the writer's turn only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "jobs/job.h"
#include "jobs/queue.h"
#include "store/statement.h"

namespace jobs::store {

class EventPolicy {
 public:
  EventPolicy(SQLite::Database& database, const std::map<std::string, QueueOptions>& queues);

  // Whether every queue keeps all, so that nobody need ask further.
  bool keeps_all() const { return less_.empty(); }
  // `queue` 0: that of the job, which is stored.
  bool keeps(EventType type, std::int64_t job, std::int64_t queue);
  // Forgets the numbers of queues that a transaction made which was rolled back.
  void forget() { numbers_.clear(); }

 private:
  // The queues that keep less, by name.
  std::map<std::string, EventsKept, std::less<>> less_;
  std::map<std::int64_t, EventsKept> numbers_;
  Statement queue_of_;
  Statement name_of_;
};

}  // namespace jobs::store
