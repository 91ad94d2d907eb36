#include "store/events.h"

#include <algorithm>

namespace jobs::store {

EventTable::EventTable(SQLite::Database& database, Effects& effects)
    : database_(database),
      insert_(database,
              "INSERT INTO events (id, job, previous, type, at, attempt, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"),
      effects_(effects) {
  Statement newest(database, "SELECT coalesce(max(id), 0) FROM events");
  auto row = newest();
  if (row.step()) newest_ = row.integer(0);
}

std::int64_t EventTable::append(const JobId& job, std::int64_t previous, EventType type, Time at, int attempt,
                                const std::string& data, std::int64_t queue) {
  if (policy_ && !policy_->keeps(type, job.number(), queue)) return previous;
  const std::int64_t id = ++newest_;
  if (data.empty()) {
    insert_(id, job.number(), previous, static_cast<int>(type), at, attempt, nullptr).run();
  } else {
    insert_(id, job.number(), previous, static_cast<int>(type), at, attempt, data).run();
  }
  effects_.events.push_back({.id = id, .job = job, .type = type, .at = at, .attempt = attempt, .data = data});
  return id;
}

void EventTable::keep(const std::map<std::string, QueueOptions>& queues) {
  policy_.emplace(database_, queues);
  if (policy_->keeps_all()) policy_.reset();
}

EventReader::EventReader(SQLite::Database& database)
    : newest_of_job_(database, "SELECT last_event FROM jobs WHERE number = ?1 AND id = ?2"),
      by_id_(database, "SELECT previous, type, at, attempt, data FROM events WHERE id = ?1"),
      after_(database,
             "SELECT events.id, jobs.id, type, at, events.attempt, data FROM events JOIN jobs ON jobs.number = events.job "
             "WHERE events.id > ?1 ORDER BY events.id LIMIT ?2") {}

std::vector<Event> EventReader::of_job(const JobId& job, std::int64_t after, int limit) {
  std::int64_t id = 0;
  {
    auto row = newest_of_job_(job.number(), job);
    if (!row.step()) return {};
    id = row.integer(0);
  }
  std::vector<Event> events;
  while (id > after) {
    auto row = by_id_(id);
    if (!row.step()) break;  // retention has removed the rest
    events.push_back({.id = id,
                      .job = job,
                      .type = static_cast<EventType>(row.small(1)),
                      .at = row.time(2),
                      .attempt = row.small(3),
                      .data = row.text(4)});
    id = row.integer(0);
  }
  std::reverse(events.begin(), events.end());
  if (events.size() > static_cast<std::size_t>(limit)) events.resize(static_cast<std::size_t>(limit));
  return events;
}

std::vector<Event> EventReader::of_all(std::int64_t after, int limit) {
  std::vector<Event> events;
  auto row = after_(after, limit);
  while (row.step()) {
    events.push_back({.id = row.integer(0),
                      .job = JobId(row.uuid(1)),
                      .type = static_cast<EventType>(row.small(2)),
                      .at = row.time(3),
                      .attempt = row.small(4),
                      .data = row.text(5)});
  }
  return events;
}

}  // namespace jobs::store
