#include "store/flow.h"

#include "jobs/flow.h"

namespace jobs::store {

FlowTable::FlowTable(SQLite::Database& database)
    : depend_(database, "INSERT INTO dependencies (on_job, job, child, settled) VALUES (?1, ?2, ?3, ?4)"),
      set_depended_(database, "UPDATE jobs SET has_dependents = 1 WHERE number = ?1"),
      set_waiting_(database, "UPDATE jobs SET open_jobs = ?2, after_failure = ?3 WHERE number = ?1"),
      set_parent_(database, "UPDATE jobs SET parent = ?2 WHERE number = ?1"),
      open_one_(database, "UPDATE jobs SET open_jobs = open_jobs + 1 WHERE number = ?1"),
      close_one_(database, "UPDATE jobs SET open_jobs = open_jobs - 1 WHERE number = ?1"),
      dependents_(database,
                  "SELECT d.job, jobs.id, d.child, jobs.state = 0 AND jobs.due = 2 AND jobs.awaits IS NULL, "
                  "jobs.open_jobs, jobs.after_failure, jobs.run_at, jobs.queue, jobs.attempt > 0, jobs.key "
                  "FROM dependencies AS d JOIN jobs ON jobs.number = d.job "
                  "WHERE d.on_job = ?1 AND d.settled = 0 ORDER BY d.job LIMIT ?2"),
      set_settled_(database, "UPDATE dependencies SET settled = 1 WHERE on_job = ?1 AND job = ?2"),
      reopen_child_(database,
                    "UPDATE dependencies SET settled = 0 WHERE on_job = ?1 AND child = 1 AND settled = 1 RETURNING job"),
      live_children_(database,
                     "SELECT jobs.id FROM dependencies AS d JOIN jobs ON jobs.number = d.on_job "
                     "WHERE d.job = ?1 AND d.child = 1 AND d.settled = 0 AND jobs.state IN (0, 1) "
                     "AND jobs.cancel_requested = 0 ORDER BY d.on_job LIMIT ?2"),
      // Only jobs that are not terminal make others wait.
      leads_to_(database,
                "WITH RECURSIVE met (number) AS (SELECT ?1 UNION SELECT d.on_job FROM met "
                "JOIN dependencies AS d ON d.job = met.number AND d.settled = 0 LIMIT ?3) "
                "SELECT count(*), total(number = ?2) FROM met"),
      mark_unsettled_(database, "UPDATE jobs SET unsettled = ?2 WHERE number = ?1"),
      next_unsettled_(database, "SELECT id, state FROM jobs WHERE unsettled = 1 ORDER BY number LIMIT 1"),
      wait_(database, "UPDATE jobs SET awaits = ?2, wake_at = ?3 WHERE number = ?1"),
      wake_(database, "UPDATE jobs SET due = ?2, run_at = max(run_at, ?3), awaits = NULL, wake_at = NULL "
                      "WHERE number = ?1"),
      ended_waits_(database, "SELECT number, queue, awaits, wake_at, key FROM jobs WHERE state = 0 AND due = 2 "
                             "AND wake_at IS NOT NULL AND wake_at <= ?1 ORDER BY wake_at LIMIT 1000"),
      next_wake_(database, "SELECT wake_at FROM jobs WHERE state = 0 AND due = 2 AND wake_at IS NOT NULL "
                           "ORDER BY wake_at LIMIT 1"),
      find_signal_(database, "SELECT payload IS NULL FROM signals WHERE job = ?1 AND name = ?2"),
      count_signals_(database, "SELECT count(*) FROM signals WHERE job = ?1"),
      insert_signal_(database, "INSERT INTO signals (job, name, at, payload) VALUES (?1, ?2, ?3, ?4)"),
      awaits_(database, "SELECT 1 FROM jobs WHERE number = ?1 AND state = 0 AND due = 2 AND awaits = ?2"),
      add_step_failure_(database,
                        "INSERT INTO step_failures (job, name, attempt, failures, spent, at, failure) "
                        "VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6) ON CONFLICT (job, name) DO UPDATE SET "
                        "failures = CASE WHEN attempt = excluded.attempt THEN failures + 1 ELSE 1 END, "
                        "attempt = excluded.attempt, spent = excluded.spent, at = excluded.at, failure = excluded.failure "
                        "RETURNING failures"),
      step_(database, "SELECT result FROM steps WHERE job = ?1 AND name = ?2") {}

void FlowTable::depend(std::int64_t on, std::int64_t job, bool child, bool settled) {
  depend_(on, job, child, settled).run();
  set_depended_(on).run();
}

std::vector<FlowTable::Dependent> FlowTable::dependents(std::int64_t on, int limit) {
  std::vector<Dependent> found;
  auto row = dependents_(on, limit);
  while (row.step()) {
    found.push_back({.number = row.integer(0),
                     .id = JobId(row.uuid(1)),
                     .parent = row.flag(2),
                     .waits = row.flag(3),
                     .open = row.small(4),
                     .after_failure = row.small(5),
                     .run_at = row.time(6),
                     .queue = row.integer(7),
                     .key = row.text(9),
                     .started = row.flag(8)});
  }
  return found;
}

void FlowTable::reopen_child(std::int64_t child) {
  std::vector<std::int64_t> parents;
  {
    auto row = reopen_child_(child);
    while (row.step()) parents.push_back(row.integer(0));
  }
  for (const std::int64_t parent : parents) open_one(parent);
}

std::vector<JobId> FlowTable::live_children(std::int64_t parent, int limit) {
  std::vector<JobId> found;
  auto row = live_children_(parent, limit);
  while (row.step()) found.emplace_back(row.uuid(0));
  return found;
}

bool FlowTable::leads_to(const std::vector<JobId>& from, std::int64_t to) {
  const auto limit = static_cast<std::int64_t>(open_jobs_max);
  for (const JobId& start : from) {
    auto row = leads_to_(start.number(), to, limit);
    row.step();
    if (row.integer(0) >= limit || row.flag(1)) return true;
  }
  return false;
}

std::optional<FlowTable::Unsettled> FlowTable::next_unsettled() {
  auto row = next_unsettled_();
  return row.step() ? std::optional<Unsettled>({.id = JobId(row.uuid(0)), .state = row.small(1)}) : std::nullopt;
}

std::vector<FlowTable::Waiter> FlowTable::ended_waits(Time now) {
  std::vector<Waiter> found;
  auto row = ended_waits_(now);
  while (row.step()) {
    found.push_back({.number = row.integer(0),
                     .queue = row.integer(1),
                     .key = row.text(4),
                     .awaits = row.text(2),
                     .wake_at = row.time(3)});
  }
  return found;
}

std::optional<Time> FlowTable::next_wake() {
  auto row = next_wake_();
  return row.step() ? std::optional<Time>(row.time(0)) : std::nullopt;
}

std::optional<FlowTable::Stored> FlowTable::find_signal(std::int64_t job, std::string_view name) {
  auto row = find_signal_(job, name);
  return row.step() ? std::optional<Stored>({.timed_out = row.flag(0)}) : std::nullopt;
}

int FlowTable::count_signals(std::int64_t job) {
  auto row = count_signals_(job);
  row.step();
  return row.small(0);
}

bool FlowTable::awaits(std::int64_t job, std::string_view signal) {
  auto row = awaits_(job, signal);
  return row.step();
}

int FlowTable::add_step_failure(std::int64_t job, std::string_view name, int attempt, int spent, Time at,
                                std::string_view failure) {
  auto row = add_step_failure_(job, name, attempt, spent, at, failure);
  row.step();
  return row.small(0);
}

std::optional<std::string> FlowTable::step(std::int64_t job, std::string_view name) {
  auto row = step_(job, name);
  return row.step() ? std::optional<std::string>(row.text(0)) : std::nullopt;
}

}  // namespace jobs::store
