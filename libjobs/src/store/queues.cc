#include "store/queues.h"

#include <algorithm>

#include "core/queue_options.h"

namespace jobs::store {
namespace {

// Heads looked at in one queue.
constexpr int heads_max = 1000;

// A job that is the first of its key and priority.
struct Head {
  std::string key = {};
  std::int64_t priority = 0;
  Time since = {};
};

std::optional<Head> read_head(Reader& reader, std::string_view rest, std::span<const SqlValue> values) {
  std::optional<Head> head;
  reader.query("SELECT key, priority, max(run_at, created_at) FROM jobs WHERE state = 0 AND due = 1 AND queue = ?1 " +
                   std::string(rest) + " LIMIT 1",
               values, [&](const Row& row) {
                 head = Head{.key = row.text(0),
                             .priority = row.integer(1),
                             .since = Time(std::chrono::milliseconds(row.integer(2)))};
               });
  return head;
}

// Steps through jobs_ready from head to head, over all that stand behind them.
std::optional<Time> oldest_head(Reader& reader, std::int64_t queue) {
  std::optional<Time> oldest;
  auto head = read_head(reader, "ORDER BY key, priority DESC, number", std::initializer_list<SqlValue>{queue});
  for (int seen = 0; head && seen < heads_max; ++seen) {
    oldest = oldest ? std::min(*oldest, head->since) : head->since;
    const std::string key = head->key;
    head = read_head(reader, "AND key = ?2 AND priority < ?3 ORDER BY priority DESC, number",
                     std::initializer_list<SqlValue>{queue, key, head->priority});
    if (head) continue;
    head = read_head(reader, "AND key > ?2 ORDER BY key, priority DESC, number",
                     std::initializer_list<SqlValue>{queue, key});
  }
  return oldest;
}

}  // namespace

QueueTable::QueueTable(SQLite::Database& database)
    : find_(database, "SELECT id FROM queues WHERE name = ?1"),
      find_name_(database, "SELECT name FROM queues WHERE id = ?1"),
      insert_(database, "INSERT INTO queues (name) VALUES (?1) RETURNING id"),
      set_paused_(database, "UPDATE queues SET paused = ?2 WHERE id = ?1"),
      all_paused_(database, "SELECT id FROM queues WHERE paused = 1") {}

std::optional<std::int64_t> QueueTable::find(const std::string& name) {
  if (const auto known = numbers_.find(name); known != numbers_.end()) return known->second;
  auto row = find_(name);
  if (!row.step()) return std::nullopt;
  return numbers_[name] = row.integer(0);
}

std::int64_t QueueTable::number(const std::string& name) {
  if (const auto known = find(name)) return *known;
  auto row = insert_(name);
  row.step();
  return numbers_[name] = row.integer(0);
}

std::vector<std::string> QueueTable::names(const std::set<std::int64_t>& queues) {
  std::vector<std::string> found;
  for (const std::int64_t queue : queues) {
    auto known = names_.find(queue);
    if (known == names_.end()) {
      auto row = find_name_(queue);
      if (!row.step()) continue;
      known = names_.emplace(queue, row.text(0)).first;
    }
    found.push_back(known->second);
  }
  return found;
}

bool QueueTable::paused(std::int64_t queue) {
  if (!paused_) {
    paused_.emplace();
    auto row = all_paused_();
    while (row.step()) paused_->insert(row.integer(0));
  }
  return paused_->contains(queue);
}

void QueueTable::pause(const std::string& name) {
  check_queue_name(name);
  set_paused(number(name), true);
}

std::int64_t QueueTable::resume(const std::string& name) {
  check_queue_name(name);
  const std::int64_t queue = number(name);
  set_paused(queue, false);
  return queue;
}

void QueueTable::set_paused(std::int64_t queue, bool paused) {
  set_paused_(queue, paused).run();
  paused_.reset();
}

void QueueTable::forget() {
  numbers_.clear();
  names_.clear();
  paused_.reset();
}

std::vector<StoredQueue> read_queues(Reader& reader, const std::optional<std::string>& name) {
  std::vector<StoredQueue> found;
  const SqlValue only = name ? SqlValue(*name) : SqlValue(nullptr);
  reader.query("SELECT id, name, paused FROM queues WHERE ?1 IS NULL OR name = ?1 ORDER BY name", {only},
               [&](const Row& row) {
                 found.push_back({.number = row.integer(0), .name = row.text(1), .paused = row.integer(2) != 0});
               });
  for (StoredQueue& queue : found) queue.oldest_ready = oldest_head(reader, queue.number);
  return found;
}

}  // namespace jobs::store
