#include "store/event_policy.h"

namespace jobs::store {

EventPolicy::EventPolicy(SQLite::Database& database, const std::map<std::string, QueueOptions>& queues)
    : queue_of_(database, "SELECT queue FROM jobs WHERE number = ?1"),
      name_of_(database, "SELECT name FROM queues WHERE id = ?1") {
  for (const auto& [name, queue] : queues) {
    if (queue.events != EventsKept::all) less_.emplace(name, queue.events);
  }
}

bool EventPolicy::keeps(EventType type, std::int64_t job, std::int64_t queue) {
  if (queue == 0) {
    auto row = queue_of_(job);
    if (row.step()) queue = row.integer(0);
  }
  auto known = numbers_.find(queue);
  if (known == numbers_.end()) {
    EventsKept kept = EventsKept::all;
    auto row = name_of_(queue);
    if (row.step()) {
      if (const auto less = less_.find(row.text(0)); less != less_.end()) kept = less->second;
    }
    known = numbers_.emplace(queue, kept).first;
  }
  switch (known->second) {
    case EventsKept::all: return true;
    case EventsKept::terminal:
      return type == EventType::completed || type == EventType::failed || type == EventType::cancelled;
    case EventsKept::none: return false;
  }
  return true;
}

}  // namespace jobs::store
