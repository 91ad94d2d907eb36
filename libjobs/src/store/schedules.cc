#include "store/schedules.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "core/cron.h"
#include "core/zone.h"
#include "store/schedule_definition.h"
#include "store/transaction.h"

namespace jobs::store {
namespace {

// Schedules fired in one write; the rest follow at once.
constexpr int bite = 100;
constexpr int catch_up_most = 1000;

}  // namespace

ScheduleTable::ScheduleTable(SQLite::Database& database, Effects& effects, JobTable& jobs, const Options& options,
                             const KeyRing& keys, Time opened)
    : effects_(effects),
      jobs_(jobs),
      options_(options),
      keys_(keys),
      opened_(opened),
      find_(database, "SELECT id, definition, paused, next_at FROM schedules WHERE name = ?1"),
      insert_(database,
              "INSERT INTO schedules (name, definition, paused, created_at, next_at) VALUES (?1, ?2, ?3, ?4, ?5)"),
      change_(database, "UPDATE schedules SET definition = ?2, next_at = ?3 WHERE id = ?1"),
      remove_(database, "DELETE FROM schedules WHERE name = ?1"),
      pause_(database, "UPDATE schedules SET paused = 1 WHERE name = ?1"),
      resume_(database, "UPDATE schedules SET paused = 0, next_at = ?2 WHERE id = ?1"),
      due_(database,
           "SELECT id, name, definition, next_at FROM schedules WHERE paused = 0 AND next_at <= ?1 ORDER BY next_at "
           "LIMIT ?2"),
      moved_(database, "UPDATE schedules SET next_at = ?2, last_at = ?3 WHERE id = ?1"),
      made_(database, "UPDATE schedules SET last_job = ?2 WHERE id = ?1"),
      mark_job_(database, "UPDATE jobs SET schedule = ?2 WHERE number = ?1"),
      live_(database, "SELECT 1 FROM jobs WHERE schedule = ?1 AND state IN (0, 1) AND schedule IS NOT NULL LIMIT 1"),
      after_(database, "SELECT id, name, definition FROM schedules WHERE id > ?1 ORDER BY id LIMIT ?2"),
      redefine_(database, "UPDATE schedules SET definition = ?2 WHERE id = ?1"),
      next_timer_(database, "SELECT next_at FROM schedules WHERE paused = 0 ORDER BY next_at LIMIT 1") {}

void ScheduleTable::store(const Schedule& schedule, Time now) {
  const std::string definition = encode_definition(schedule, keys_);
  Time next = Cron(schedule.expression).next(now, Zone(schedule.time_zone));
  std::optional<std::int64_t> known;
  bool paused = schedule.paused;
  if (auto row = find_(schedule.name); row.step()) {
    known = row.integer(0);
    paused = row.flag(2);
    const Schedule before = decode_definition(schedule.name, row.text(1));
    const bool same_times = before.expression == schedule.expression && before.time_zone == schedule.time_zone;
    if (same_times) next = row.time(3);
  }
  if (known) {
    change_(*known, definition, next).run();
  } else {
    insert_(schedule.name, definition, paused, now, next).run();
  }
  if (!paused) effects_.wake_timers_by(next);
}

std::optional<std::int64_t> ScheduleTable::rotate_secrets(std::int64_t after, SecretRotation& done) {
  std::vector<Due> found;
  {
    auto row = after_(after, bite);
    while (row.step()) found.push_back({.id = row.integer(0), .name = row.text(1), .definition = row.text(2)});
  }
  for (const Due& one : found) {
    try {
      if (const auto definition = seal_definition_again(one.name, one.definition, keys_)) {
        redefine_(one.id, *definition).run();
        ++done.rotated;
      }
    } catch (const Error& error) {
      if (error.code() != Errc::wrong_key) throw;
      ++done.unreadable;
    }
  }
  return found.size() < static_cast<std::size_t>(bite) ? std::nullopt : std::optional<std::int64_t>(found.back().id);
}

bool ScheduleTable::remove(std::string_view name) {
  return remove_(name).run() > 0;
}

bool ScheduleTable::pause(std::string_view name) {
  return pause_(name).run() > 0;
}

bool ScheduleTable::resume(std::string_view name, Time now) {
  std::int64_t id = 0;
  Time next = {};
  {
    auto row = find_(name);
    if (!row.step()) return false;
    if (!row.flag(2)) return true;
    id = row.integer(0);
    next = row.time(3);
    const Schedule schedule = decode_definition(std::string(name), row.text(1));
    if (next <= now) {
      const Cron cron(schedule.expression);
      const Zone zone(schedule.time_zone);
      next = cron.next(cron.last(next, now, zone).value_or(next), zone);
    }
  }
  resume_(id, next).run();
  effects_.wake_timers_by(next);
  return true;
}

bool ScheduleTable::has_live_job(std::int64_t schedule) {
  auto row = live_(schedule);
  return row.step();
}

std::vector<std::string> ScheduleTable::fire(Time now) {
  std::vector<Due> due;
  {
    auto row = due_(now, bite);
    while (row.step())
      due.push_back({.id = row.integer(0), .name = row.text(1), .definition = row.text(2), .at = row.time(3)});
  }
  std::vector<std::string> problems;
  for (const Due& one : due) {
    // Whatever can be wrong with it is found before anything is written.
    std::optional<Schedule> schedule;
    try {
      schedule = decode_definition(one.name, one.definition, keys_);
      validate(*schedule, options_);
    } catch (const std::exception& error) {
      pause_(one.name).run();
      problems.push_back("schedule " + one.name + " is paused: " + error.what());
      continue;
    }
    fire(one, *schedule, now);
  }
  return problems;
}

void ScheduleTable::fire(const Due& due, const Schedule& schedule, Time now) {
  const Cron cron(schedule.expression);
  const Zone zone(schedule.time_zone);
  const Time last = cron.last(due.at, now, zone).value_or(due.at);
  std::vector<Time> firings;
  switch (schedule.catch_up) {
    case CatchUp::none:
      if (last >= opened_) firings.push_back(last);
      break;
    case CatchUp::latest:
      firings.push_back(last);
      break;
    case CatchUp::all:
      for (Time at = due.at; at <= last && static_cast<int>(firings.size()) < schedule.catch_up_max;
           at = cron.next(at, zone)) {
        firings.push_back(at);
      }
      break;
  }
  const Time next = cron.next(last, zone);
  moved_(due.id, next, last).run();
  effects_.wake_timers_by(next);
  for (const Time at : firings) {
    if (schedule.overlap == Overlap::skip && has_live_job(due.id)) return;
    JobSpec job = schedule.job;
    if (job.metadata.empty()) job.metadata = firing_metadata(schedule.name, at);
    const Submitted submitted = jobs_.insert(job, now);
    if (!submitted.created()) continue;  // whoever holds its unique key stands for this firing
    mark_job_(submitted.id.number(), due.id).run();
    made_(due.id, submitted.id.number()).run();
  }
}

std::optional<Time> ScheduleTable::next_timer() {
  auto row = next_timer_();
  return row.step() ? std::optional<Time>(row.time(0)) : std::nullopt;
}

void validate(const Schedule& schedule, const Options& options) {
  if (schedule.name.empty() || schedule.name.size() > 255)
    throw std::invalid_argument("schedule: a name has 1 to 255 bytes");
  if (schedule.catch_up_max < 1 || schedule.catch_up_max > catch_up_most) {
    throw std::invalid_argument("schedule: catch_up_max is 1 to " + std::to_string(catch_up_most));
  }
  if (schedule.job.run_at || schedule.job.delay != std::chrono::milliseconds(0))
    throw std::invalid_argument("schedule: the job's run_at and delay stay empty; the schedule says when");
  if (!schedule.job.after.empty()) throw std::invalid_argument("schedule: the job comes after no other");
  static_cast<void>(Cron(schedule.expression));
  static_cast<void>(Zone(schedule.time_zone));
  validate(schedule.job, options);
}

std::vector<ScheduleStatus> read_schedules(Reader& reader, const std::optional<std::string>& name) {
  std::vector<ScheduleStatus> found;
  const auto time = [](const Row& row, int column) {
    return row.null(column) ? std::nullopt : std::optional<Time>(Time(std::chrono::milliseconds(row.integer(column))));
  };
  const SqlValue only = name ? SqlValue(*name) : SqlValue(nullptr);
  reader.query(
      "SELECT name, definition, paused, next_at, last_at, jobs.id FROM schedules "
      "LEFT JOIN jobs ON jobs.number = schedules.last_job WHERE ?1 IS NULL OR name = ?1 ORDER BY name",
      {only}, [&](const Row& row) {
        ScheduleStatus status = {.schedule = decode_definition(row.text(0), row.text(1)), .last_at = time(row, 4)};
        status.schedule.paused = row.integer(2) != 0;
        if (!status.schedule.paused) status.next_at = time(row, 3);
        if (!row.null(5)) {
          std::array<std::uint8_t, 16> bytes = {};
          const std::string id = row.blob(5);
          std::copy_n(id.begin(), std::min(id.size(), bytes.size()), bytes.begin());
          status.last_job = JobId(Uuid(bytes));
        }
        found.push_back(std::move(status));
      });
  return found;
}

}  // namespace jobs::store
