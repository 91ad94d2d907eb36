#include "store/unique.h"

namespace jobs::store {
namespace {

constexpr std::chrono::minutes cleared_after(1);
constexpr int removed_at_once = 100;

}  // namespace

UniqueKeys::UniqueKeys(SQLite::Database& database, Effects& effects)
    : effects_(effects),
      live_(database, "SELECT id, state FROM jobs WHERE unique_key = ?1 AND unique_key IS NOT NULL AND state IN (0, 1)"),
      in_period_(database, "SELECT job FROM unique_periods WHERE key = ?1 AND until > ?2"),
      hold_(database,
            "INSERT INTO unique_periods (key, job, until) VALUES (?1, ?2, ?3) "
            "ON CONFLICT (key) DO UPDATE SET job = excluded.job, until = excluded.until"),
      end_(database, "DELETE FROM unique_periods WHERE key = ?1"),
      remove_(database,
              "DELETE FROM unique_periods WHERE key IN "
              "(SELECT key FROM unique_periods WHERE until <= ?1 ORDER BY until LIMIT ?2)"),
      next_(database, "SELECT until FROM unique_periods ORDER BY until LIMIT 1") {}

std::optional<UniqueKeys::Holder> UniqueKeys::find(const std::string& key, Time now) {
  if (auto row = live_(key); row.step()) {
    return Holder{.job = JobId(row.uuid(0)), .pending = row.small(1) == static_cast<int>(State::pending)};
  }
  if (earliest_ == Time::max()) return std::nullopt;
  if (auto row = in_period_(key, now); row.step()) return Holder{.job = JobId(row.uuid(0))};
  return std::nullopt;
}

void UniqueKeys::hold_until(const std::string& key, const JobId& job, Time until) {
  hold_(key, job, until).run();
  earliest_ = std::min(earliest_, until);
  effects_.wake_timers_by(until + cleared_after);
}

void UniqueKeys::end_period(const std::string& key) { end_(key).run(); }

void UniqueKeys::remove_passed(Time now) {
  if (earliest_ > now - cleared_after) return;
  remove_(now, removed_at_once).run();
  look();
}

std::optional<Time> UniqueKeys::next_timer() {
  if (earliest_ == Time::min()) look();
  return earliest_ == Time::max() ? std::nullopt : std::optional<Time>(earliest_ + cleared_after);
}

void UniqueKeys::look() {
  auto row = next_();
  earliest_ = row.step() ? row.time(0) : Time::max();
}

}  // namespace jobs::store
