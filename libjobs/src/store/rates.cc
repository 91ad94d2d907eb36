#include "store/rates.h"

#include <algorithm>

namespace jobs::store {
namespace {

constexpr std::chrono::minutes cleared_after(1);
constexpr int bite = 1000;
constexpr std::int64_t ns_per_ms = 1'000'000;

std::int64_t nanoseconds(Time at) { return at.time_since_epoch().count() * ns_per_ms; }

// Rounded up, so that no rounding lets more through than the rate says.
Time rounded_up(std::int64_t ns) { return Time(std::chrono::milliseconds((ns + ns_per_ms - 1) / ns_per_ms)); }

std::int64_t interval(const Rate& rate) { return (rate.per.count() * ns_per_ms + rate.count - 1) / rate.count; }

std::int64_t burst(const Rate& rate) { return rate.burst > 0 ? rate.burst : rate.count; }

}  // namespace

RateTable::RateTable(SQLite::Database& database, Effects& effects)
    : effects_(effects),
      find_(database, "SELECT next FROM rates WHERE queue = ?1 AND key = ?2"),
      store_(database,
             "INSERT INTO rates (queue, key, next) VALUES (?1, ?2, ?3) "
             "ON CONFLICT (queue, key) DO UPDATE SET next = excluded.next"),
      remove_(database,
              "DELETE FROM rates WHERE (queue, key) IN "
              "(SELECT queue, key FROM rates WHERE next <= ?1 ORDER BY next LIMIT ?2)"),
      next_(database, "SELECT next FROM rates ORDER BY next LIMIT 1") {}

std::int64_t RateTable::moment(std::int64_t queue, const std::string& key, const Rate& rate, Time now) {
  const std::int64_t at = nanoseconds(now);
  auto row = find_(queue, key);
  if (!row.step()) return at;
  const std::int64_t stored = row.integer(0);
  // Further ahead than a full burst is what a slower rate of before has left, or a clock that was set back.
  if (stored > at + burst(rate) * interval(rate)) return at + (burst(rate) - 1) * interval(rate);
  return std::max(stored, at);
}

Time RateTable::conforms_at(std::int64_t queue, const std::string& key, const Rate& rate, Time now) {
  return rounded_up(moment(queue, key, rate, now) - (burst(rate) - 1) * interval(rate));
}

void RateTable::count(std::int64_t queue, const std::string& key, const Rate& rate, Time now) {
  const std::int64_t next = moment(queue, key, rate, now) + interval(rate);
  store_(queue, key, next).run();
  const Time passed = rounded_up(next);
  earliest_ = std::min(earliest_, passed);
  effects_.wake_timers_by(passed + cleared_after);
}

void RateTable::remove_passed(Time now) {
  const auto next = next_timer();
  if (!next || *next > now) return;
  remove_(nanoseconds(now), bite).run();
  earliest_ = Time::min();
}

std::optional<Time> RateTable::next_timer() {
  if (earliest_ == Time::min()) {
    auto row = next_();
    earliest_ = row.step() ? rounded_up(row.integer(0)) : Time::max();
  }
  return earliest_ == Time::max() ? std::nullopt : std::optional<Time>(earliest_ + cleared_after);
}

}  // namespace jobs::store
