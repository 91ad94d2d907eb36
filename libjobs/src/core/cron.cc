#include "core/cron.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <charconv>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace jobs {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::months;
using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr std::size_t expression_bytes_max = 255;
constexpr seconds interval_max = std::chrono::hours(24 * 366);
constexpr Time last_moment = std::chrono::sys_days(std::chrono::year(10000) / 1 / 1);

constexpr std::array<std::string_view, 12> month_names = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                          "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::array<std::string_view, 7> weekday_names = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

struct Field {
  const char* name;
  int min;
  // The last number of `*`.
  int max;
  // The last number that may be written: Sunday is also 7.
  int max_written;
  std::span<const std::string_view> names = {};
  bool is_day = false;
};
constexpr std::array<Field, 6> fields = {{{"second", 0, 59, 59},
                                          {"minute", 0, 59, 59},
                                          {"hour", 0, 23, 23},
                                          {"day of month", 1, 31, 31, {}, true},
                                          {"month", 1, 12, 12, month_names},
                                          {"day of week", 0, 6, 7, weekday_names, true}}};

constexpr std::array<int, 13> longest_month = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

std::string quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> found;
  while (true) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    if (text.empty()) return found;
    const auto end = std::find_if(text.begin(), text.end(), is_blank);
    found.emplace_back(text.begin(), end);
    text.remove_prefix(found.back().size());
  }
}

// A part of a text up to a separator, which is taken off it together.
std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == text.npos ? text.size() : at + 1);
  return part;
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty() || text[0] == '-') return std::nullopt;
  return value;
}

// Reads one field. Throws std::invalid_argument with the reason alone.
class FieldReader {
 public:
  explicit FieldReader(const Field& field) : field_(field) {}

  std::uint64_t read(std::string_view text) const {
    if (text.back() == ',') fail("nothing after the last comma");
    std::uint64_t bits = 0;
    while (!text.empty()) bits |= item(take_until(text, ','));
    // Sunday has two numbers.
    if (field_.max_written > field_.max && (bits >> field_.max_written & 1) != 0) {
      bits = (bits | 1) & ~(std::uint64_t{1} << field_.max_written);
    }
    return bits;
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw std::invalid_argument(std::string(field_.name) + ": " + why);
  }

  std::uint64_t item(std::string_view text) const {
    if (text.empty()) fail("nothing between two commas");
    const std::string_view whole = text;
    const bool stepped = text.find('/') != text.npos;
    std::string_view range = take_until(text, '/');
    int from = field_.min;
    int to = field_.max;
    if (range == "?") {
      if (!field_.is_day) fail("? stands for a day only; write *");
      if (stepped) fail("? takes no step; write *");
    } else if (range != "*") {
      const bool has_end = range.find('-') != range.npos;
      from = value(take_until(range, '-'), whole, false);
      to = has_end ? value(range, whole, true) : stepped ? field_.max_written : from;
      if (from > to) {
        fail(quoted(whole) + " goes backwards; write the two ends as a list, such as " + std::to_string(from) + "-" +
             std::to_string(field_.max) + "," + std::to_string(field_.min) + "-" + std::to_string(to));
      }
    }
    const int step = stepped ? step_of(text, whole) : 1;
    std::uint64_t bits = 0;
    for (int n = from; n <= to; n += step) bits |= std::uint64_t{1} << n;
    return bits;
  }

  int value(std::string_view text, std::string_view whole, bool ends_range) const {
    const std::string name = upper(text);
    for (std::size_t i = 0; i < field_.names.size(); ++i) {
      if (field_.names[i] != name) continue;
      const int named = field_.min + static_cast<int>(i);
      // A range may end with Sunday.
      return ends_range && named == 0 ? field_.max_written : named;
    }
    const auto found = number(text);
    if (!found) {
      if (field_.is_day && name.find_first_of("LW#") != name.npos) {
        fail(quoted(whole) +
             ": L, W and # are not supported; choose the days with numbers, or check the day in the handler");
      }
      fail(quoted(whole) + " is no number" +
           (field_.names.empty() ? "" : " and no name such as " + std::string(field_.names[1])));
    }
    if (*found < field_.min || *found > field_.max_written) {
      fail(std::to_string(*found) + " is not in " + std::to_string(field_.min) + "-" +
           std::to_string(field_.max_written));
    }
    return *found;
  }

  int step_of(std::string_view text, std::string_view whole) const {
    const auto step = number(text);
    const int most = field_.max - field_.min;
    if (!step || *step < 1 || *step > most) {
      fail("the step of " + quoted(whole) + " is not in 1-" + std::to_string(most) +
           "; for another rhythm there is @every, such as @every 90m");
    }
    return *step;
  }

  const Field& field_;
};

// "1h30m", "90s".
seconds read_interval(std::string_view text) {
  const auto fail = [&](const char* why) { throw std::invalid_argument("@every " + std::string(text) + ": " + why); };
  seconds interval(0);
  int last_unit = 5;
  for (std::string_view rest = text; !rest.empty();) {
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), count);
    if (error != std::errc() || count < 0 || count > interval_max.count()) fail("write it like 90s, 5m or 1h30m");
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    const char name = rest.empty() ? '\0' : rest.front();
    const int unit = name == 'd' ? 4 : name == 'h' ? 3 : name == 'm' ? 2 : name == 's' ? 1 : 0;
    if (unit == 0) fail("each number needs a unit: d, h, m or s");
    if (unit >= last_unit) fail("d comes before h, h before m, and m before s, once each");
    last_unit = unit;
    rest.remove_prefix(1);
    interval += count * (unit == 4 ? seconds(86400) : unit == 3 ? seconds(3600) : unit == 2 ? seconds(60) : seconds(1));
  }
  if (interval < seconds(1)) fail("at least 1s");
  if (interval > interval_max) fail("at most 366d");
  return interval;
}

std::string_view expanded(std::string_view name) {
  if (name == "@hourly") return "0 * * * *";
  if (name == "@daily" || name == "@midnight") return "0 0 * * *";
  if (name == "@weekly") return "0 0 * * 0";
  if (name == "@monthly") return "0 0 1 * *";
  if (name == "@yearly" || name == "@annually") return "0 0 1 1 *";
  throw std::invalid_argument(std::string(name) +
                              " is not known; there are @hourly, @daily, @weekly, @monthly, @yearly and @every");
}

// The lowest set bit from `from` on, or -1.
int next_bit(std::uint64_t bits, int from) {
  bits = from > 63 ? 0 : bits >> from << from;
  return bits == 0 ? -1 : std::countr_zero(bits);
}

bool has(std::uint64_t bits, unsigned number) {
  return (bits >> number & 1) != 0;
}

local_seconds on_wall(sys_seconds instant, seconds offset) {
  return local_seconds(instant.time_since_epoch() + offset);
}

}  // namespace

Cron::Cron(std::string_view expression) {
  if (expression.size() > expression_bytes_max) throw std::invalid_argument("cron expression: at most 255 bytes");
  try {
    std::vector<std::string_view> parts = words(expression);
    if (parts.size() == 2 && parts[0] == "@every") {
      interval_ = read_interval(parts[1]);
      return;
    }
    if (!parts.empty() && parts[0] == "@every")
      throw std::invalid_argument("@every takes one length, such as @every 1h30m");
    if (parts.size() == 1 && parts[0].front() == '@') parts = words(expanded(parts[0]));
    if (parts.size() != 5 && parts.size() != 6) {
      throw std::invalid_argument(
          "it has " + std::to_string(parts.size()) +
          " fields, not 5 (minute, hour, day of month, month, day of week) or 6 (second first)");
    }
    const std::array<std::uint64_t*, 6> sets = {&seconds_, &minutes_, &hours_, &days_, &months_, &weekdays_};
    const std::size_t skip = sets.size() - parts.size();
    for (std::size_t i = 0; i < parts.size(); ++i) *sets[i + skip] = FieldReader(fields[i + skip]).read(parts[i]);

    const auto restricted = [&](std::string_view field) { return field.front() != '*' && field.front() != '?'; };
    either_day_ = restricted(parts[3 - skip]) && restricted(parts[5 - skip]);
    bool ever = either_day_;
    for (int month = 1; month <= 12; ++month) {
      const int first_day = next_bit(days_, 1);
      ever = ever || (has(months_, static_cast<unsigned>(month)) &&
                      first_day <= longest_month[static_cast<std::size_t>(month)]);
    }
    if (!ever)
      throw std::invalid_argument("day of month: none of the months named has such a day, so it would never fire");
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument("cron expression " + quoted(expression) + ": " + error.what());
  }
}

bool Cron::every_hour() const {
  return std::popcount(hours_) == 24;
}

bool Cron::day_matches(local_days day) const {
  const std::chrono::year_month_day date(day);
  const bool of_month = has(days_, static_cast<unsigned>(date.day()));
  const bool of_week = has(weekdays_, std::chrono::weekday(day).c_encoding());
  return has(months_, static_cast<unsigned>(date.month())) && (either_day_ ? of_month || of_week : of_month && of_week);
}

bool Cron::matches(local_seconds local) const {
  const local_days day = floor<days>(local);
  const std::chrono::hh_mm_ss time(local - day);
  return interval_ == seconds(0) && day_matches(day) && has(hours_, static_cast<unsigned>(time.hours().count())) &&
         has(minutes_, static_cast<unsigned>(time.minutes().count())) &&
         has(seconds_, static_cast<unsigned>(time.seconds().count()));
}

std::optional<seconds> Cron::first_in_day(seconds from) const {
  const int from_hour = static_cast<int>(from / std::chrono::hours(1));
  const int from_minute = static_cast<int>(from / std::chrono::minutes(1) % 60);
  const int from_second = static_cast<int>(from.count() % 60);
  for (int hour = next_bit(hours_, from_hour); hour >= 0; hour = next_bit(hours_, hour + 1)) {
    const bool this_hour = hour == from_hour;
    for (int minute = next_bit(minutes_, this_hour ? from_minute : 0); minute >= 0;
         minute = next_bit(minutes_, minute + 1)) {
      const int second = next_bit(seconds_, this_hour && minute == from_minute ? from_second : 0);
      if (second >= 0) return std::chrono::hours(hour) + std::chrono::minutes(minute) + seconds(second);
    }
  }
  return std::nullopt;
}

std::optional<local_seconds> Cron::first(local_seconds from, local_seconds until) const {
  local_days day = floor<days>(from);
  seconds time = from - day;
  while (day < until) {
    const std::chrono::year_month_day date(day);
    if (!has(months_, static_cast<unsigned>(date.month()))) {
      day = local_days(date.year() / date.month() / 1 + months(1));
      time = seconds(0);
      continue;
    }
    if (day_matches(day)) {
      if (const auto found = first_in_day(time))
        return day + *found < until ? std::optional(day + *found) : std::nullopt;
    }
    day += days(1);
    time = seconds(0);
  }
  return std::nullopt;
}

bool Cron::fires_after_gap(const Zone::Stretch& stretch, seconds offset_before) const {
  if (offset_before >= stretch.offset) return false;
  local_seconds from = on_wall(stretch.begin, offset_before);
  const local_seconds until = on_wall(stretch.begin, stretch.offset);
  // Of an hour that is skipped as a whole nothing remains for a schedule of every hour.
  if (every_hour()) from = std::max<local_seconds>(from, floor<std::chrono::hours>(until));
  return first(from, until).has_value();
}

Time Cron::next(Time after, const Zone& zone) const {
  if (after >= last_moment) return Time::max();
  if (interval_ > seconds(0)) return after + interval_;
  sys_seconds from = floor<seconds>(after) + seconds(1);
  while (from < last_moment) {
    const Zone::Stretch stretch = zone.at(from);
    const seconds offset_before = zone.at(stretch.begin - seconds(1)).offset;
    if (from == stretch.begin && fires_after_gap(stretch, offset_before)) return from;
    local_seconds local = on_wall(from, stretch.offset);
    // Earlier ones have been on the wall before the clock was put back.
    if (!every_hour()) local = std::max(local, on_wall(stretch.begin, offset_before));
    if (const auto found = first(local, on_wall(stretch.end, stretch.offset))) {
      const sys_seconds time(found->time_since_epoch() - stretch.offset);
      return time < last_moment ? Time(time) : Time::max();
    }
    from = stretch.end;
  }
  return Time::max();
}

std::optional<Time> Cron::last(Time after, Time until, const Zone& zone) const {
  if (interval_ > seconds(0)) {
    const auto count = (until - after) / interval_;
    return count < 1 ? std::nullopt : std::optional<Time>(after + count * interval_);
  }
  Time found = next(after, zone);
  if (found > until) return std::nullopt;
  // next() never falls when `after` rises, so the last one is what next() gives for the latest `after` that is still
  // answered by `until`.
  Time low = found;
  Time high = until;
  while (high - low >= std::chrono::seconds(1)) {
    const Time middle = low + (high - low) / 2;
    if (const Time later = next(middle, zone); later <= until) {
      found = later;
      low = later;
    } else {
      high = middle;
    }
  }
  return found;
}

}  // namespace jobs
