// store/events.h - the event log: one strictly rising sequence, and one list through it for each job.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/effects.h"
#include "store/statement.h"

namespace jobs::store {

// Writes events. Used inside the writer's turn only.
class EventTable {
 public:
  EventTable(SQLite::Database& database, Effects& effects);

  // Appends an event after `previous`, the job's newest, and returns its id: the job's newest from now on.
  std::int64_t append(const JobId& job, std::int64_t previous, EventType type, Time at, int attempt,
                      const std::string& data = {});

  // The id of the newest event of the file.
  std::int64_t newest() const { return newest_; }
  // Removes a job's events, of which `last` is the newest.
  void remove(std::int64_t last);

 private:
  Statement insert_;
  Statement delete_;
  Effects& effects_;
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
