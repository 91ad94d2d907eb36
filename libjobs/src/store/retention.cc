#include "store/retention.h"

#include <algorithm>

namespace jobs::store {
namespace {

using std::chrono::milliseconds;

// Rows deleted between two looks at the time.
constexpr int rows_at_once = 32;

// What a job may own many rows of, beside its events.
constexpr std::array many = {"steps", "failures", "signals", "step_failures", "dependencies", "delivery_attempts"};

std::string owned_by_one(const std::string& table) {
  return table == "delivery_attempts" ? "delivery IN (SELECT id FROM deliveries WHERE deliveries.job = ?1)" : "job = ?1";
}

// The columns that name a row: those without a number of their own have a key.
std::string key_of(const std::string& table) {
  if (table == "steps") return "rowid";
  if (table == "failures") return "job, attempt";
  if (table == "dependencies") return "on_job, job";
  if (table == "delivery_attempts") return "delivery, number";
  return "job, name";
}

std::string some_of(const std::string& table) {
  return "DELETE FROM " + table + " WHERE (" + key_of(table) + ") IN (SELECT " + key_of(table) + " FROM " + table + " WHERE " +
         owned_by_one(table) + " LIMIT " + std::to_string(rows_at_once) + ")";
}

std::string is_large() {
  std::string sql = "SELECT 0";
  for (const char* const table : many) {
    sql += " OR EXISTS (SELECT 1 FROM " + std::string(table) + " WHERE " + owned_by_one(table) + " LIMIT 1 OFFSET " +
           std::to_string(rows_at_once) + ")";
  }
  return sql;
}

std::size_t place_of(State state) { return static_cast<std::size_t>(state) - static_cast<std::size_t>(State::complete); }

}  // namespace

RetentionRules::RetentionRules(const Options& options) {
  otherwise_.fill(options.retention);
  const auto add = [this](const Kept& kept) {
    for (const milliseconds time : kept) {
      if (time > milliseconds(0)) shortest_ = std::min(shortest_.value_or(time), time);
    }
  };
  add(otherwise_);
  for (const auto& [name, queue] : options.queues) {
    Kept kept = otherwise_;
    if (queue.retention.complete) kept[place_of(State::complete)] = *queue.retention.complete;
    if (queue.retention.failed) kept[place_of(State::failed)] = *queue.retention.failed;
    if (queue.retention.cancelled) kept[place_of(State::cancelled)] = *queue.retention.cancelled;
    add(kept);
    queues_.emplace(name, kept);
  }
}

milliseconds RetentionRules::kept(const std::string& queue, State state) const {
  const auto found = queues_.find(queue);
  return (found == queues_.end() ? otherwise_ : found->second).at(place_of(state));
}

ExpiredPage read_expired(Reader& reader, const RetentionRules& rules, Time now, std::int64_t after, std::int64_t until,
                         int limit) {
  ExpiredPage page;
  if (!rules.shortest()) return page;
  std::map<std::int64_t, std::string> names;
  reader.query("SELECT id, name FROM queues", {}, [&](const Row& row) { names[row.integer(0)] = row.text(1); });
  int seen = 0;
  // One more than is looked at says whether there are more.
  reader.query("SELECT number, state, queue, finished_at FROM jobs WHERE number > ?1 AND number <= ?2 ORDER BY number LIMIT ?3",
               {after, until, std::int64_t{limit} + 1}, [&](const Row& row) {
                 if (++seen > limit) {
                   page.more = true;
                   return;
                 }
                 page.last = row.integer(0);
                 const auto state = static_cast<State>(row.integer(1));
                 if (!is_terminal(state)) {
                   // It may end at this moment.
                   page.next = std::min(page.next, now + *rules.shortest());
                   return;
                 }
                 const milliseconds kept = rules.kept(names[row.integer(2)], state);
                 if (kept <= milliseconds(0)) return;
                 const auto finished_at = Time(milliseconds(row.integer(3)));
                 const Time expires = finished_at + kept;
                 if (expires <= now) {
                   page.expired.push_back({.number = row.integer(0), .finished_at = finished_at});
                 } else {
                   page.next = std::min(page.next, expires);
                 }
               });
  static const std::string large = is_large();
  for (Expired& job : page.expired) {
    reader.query(large, {job.number}, [&](const Row& row) { job.large = row.integer(0) != 0; });
  }
  return page;
}

RetentionTable::RetentionTable(SQLite::Database& database)
    : find_(database, "SELECT last_event, has_dependents FROM jobs WHERE number = ?1 AND state >= 2 AND finished_at = ?2 "
                      "AND unsettled = 0"),
      needed_(database, "SELECT 1 FROM dependencies AS d JOIN jobs ON jobs.number = d.job "
                        "WHERE d.on_job = ?1 AND jobs.state IN (0, 1) LIMIT 1"),
      some_dependents_(database, "DELETE FROM dependencies WHERE (on_job, job) IN (SELECT on_job, job FROM dependencies "
                                 "WHERE on_job = ?1 LIMIT " + std::to_string(rows_at_once) + ")"),
      newest_(database,
              "SELECT (SELECT max(number) FROM jobs), (SELECT job FROM events ORDER BY id DESC LIMIT 1)"),
      delete_event_(database, "DELETE FROM events WHERE id = ?1 RETURNING previous"),
      set_last_event_(database, "UPDATE jobs SET last_event = ?2 WHERE number = ?1"),
      delete_(database, "DELETE FROM jobs WHERE number = ?1") {
  for (const char* const table : many) pieces_.emplace_back(database, some_of(table));
}

RetentionTable::Removed RetentionTable::remove(const Expired& job, Patience& patience) {
  {
    auto row = newest_();
    row.step();
    if (row.integer(0) == job.number || row.integer(1) == job.number) return Removed::done;
  }
  std::int64_t event = 0;
  bool has_dependents = false;
  {
    auto row = find_(job.number, job.finished_at);
    if (!row.step()) return Removed::done;
    event = row.integer(0);
    has_dependents = row.flag(1);
  }
  if (has_dependents) {
    // It is looked for again with the other jobs of its page.
    if (needed_(job.number).step()) return Removed::done;
    if (!clear(some_dependents_, job.number, patience)) return Removed::partly;
  }
  for (int removed = 1; event != 0; ++removed) {
    {
      auto row = delete_event_(event);
      event = row.step() ? row.integer(0) : 0;
      while (row.step()) {
      }
    }
    if (event != 0 && removed % rows_at_once == 0 && patience.over()) {
      set_last_event_(job.number, event).run();
      return Removed::partly;
    }
  }
  if (job.large) {
    // Until it is gone, its list of events is empty and not broken.
    set_last_event_(job.number, 0).run();
    for (Statement& piece : pieces_) {
      if (!clear(piece, job.number, patience)) return Removed::partly;
    }
  }
  delete_(job.number).run();
  return Removed::done;
}

bool RetentionTable::clear(Statement& statement, std::int64_t number, Patience& patience) {
  while (statement(number).run() >= rows_at_once) {
    if (patience.over()) return false;
  }
  return true;
}

}  // namespace jobs::store
