// store/events.h - the event log: one strictly rising sequence, and one list through it for each job.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/effects.h"
#include "store/event_policy.h"
#include "store/statement.h"

namespace jobs::store {

// Writes events. Used inside the writer's turn only.
class EventTable {
 public:
  EventTable(SQLite::Database& database, Effects& effects);

  // Which events are stored. All, until this is called.
  void keep(const std::map<std::string, QueueOptions>& queues);

  // Appends an event after `previous`, the job's newest, and returns its id: the job's newest from now on. `previous`, when it
  // is not stored. `queue`: of a job that is not stored yet.
  std::int64_t append(const JobId& job, std::int64_t previous, EventType type, Time at, int attempt,
                      const std::string& data = {}, std::int64_t queue = 0);

  // Forgets what was learned in a transaction that was rolled back.
  void forget() {
    if (policy_) policy_->forget();
  }

 private:
  SQLite::Database& database_;
  Statement insert_;
  Effects& effects_;
  // Empty: every queue keeps all.
  std::optional<EventPolicy> policy_;
  std::int64_t newest_ = 0;
};

// Reads events, on any connection.
class EventReader {
 public:
  explicit EventReader(SQLite::Database& database);
  std::vector<Event> of_job(const JobId& job, std::int64_t after, int limit);
  std::vector<Event> of_all(std::int64_t after, int limit);

 private:
  Statement newest_of_job_;
  Statement by_id_;
  Statement after_;
};

}  // namespace jobs::store
