#include "compile/time_range.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>
#include <vector>

#include "compile/zone.h"

namespace analyst {

namespace {

using date::local_days;
using date::local_seconds;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Enough for any question, and far from where calendar arithmetic overflows.
constexpr int count_max = 100'000;
constexpr int year_min = 1;
constexpr int year_max = 9'999;

enum class Unit { second, minute, hour, day, week, month, quarter, year };

struct Period {
  local_seconds from;
  local_seconds until;
};

[[noreturn]] void not_understood(std::string_view text) {
  std::string clean;
  for (const char c : text.substr(0, 60)) clean += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  throw Error(Errc::bad_query, "\"" + clean +
                                   "\" is not a date that is understood; write 2025-01-31, 2025-01, 2025, today, this "
                                   "month, last year, 12 months ago, or 30 days for a length");
}

date::year_month_day day_of(local_seconds time) {
  return date::year_month_day(date::floor<date::days>(time));
}

local_seconds checked(local_seconds time) {
  const int year = static_cast<int>(day_of(time).year());
  if (year < year_min || year > year_max) throw Error(Errc::bad_query, "A date lies outside the years 1 to 9999.");
  return time;
}

local_seconds truncated(local_seconds time, Unit unit) {
  const local_days day = date::floor<date::days>(time);
  const date::year_month_day date(day);
  switch (unit) {
    case Unit::second:
      return time;
    case Unit::minute:
      return date::floor<minutes>(time);
    case Unit::hour:
      return date::floor<hours>(time);
    case Unit::day:
      return day;
    case Unit::week:
      return day - (date::weekday(day) - date::Monday);
    case Unit::month:
      return local_days(date.year() / date.month() / 1);
    case Unit::quarter: {
      const unsigned month = (static_cast<unsigned>(date.month()) - 1) / 3 * 3 + 1;
      return local_days(date.year() / date::month(month) / 1);
    }
    case Unit::year:
      return local_days(date.year() / 1 / 1);
  }
  return time;
}

// Months keep the day of the month, or end on the last one there is.
local_seconds plus_months(local_seconds time, int count) {
  const local_days day = date::floor<date::days>(time);
  date::year_month_day date = date::year_month_day(day) + date::months(count);
  if (!date.ok()) date = date.year() / date.month() / date::last;
  return local_days(date) + (time - day);
}

local_seconds plus(local_seconds time, Unit unit, int count) {
  switch (unit) {
    case Unit::second:
      return checked(time + seconds(count));
    case Unit::minute:
      return checked(time + minutes(count));
    case Unit::hour:
      return checked(time + hours(count));
    case Unit::day:
      return checked(time + date::days(count));
    case Unit::week:
      return checked(time + date::weeks(count));
    case Unit::month:
      return checked(plus_months(time, count));
    case Unit::quarter:
      return checked(plus_months(time, 3 * count));
    case Unit::year:
      return checked(plus_months(time, 12 * count));
  }
  return time;
}

Period period(local_seconds from, Unit unit) {
  return {from, plus(from, unit, 1)};
}

std::optional<int> number(std::string_view text, int maximum) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0 || value > maximum) return std::nullopt;
  if (text.empty() || text[0] == '-') return std::nullopt;
  return value;
}

std::optional<Unit> unit_named(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, Unit>, 8> units = {{{"second", Unit::second},
                                                                       {"minute", Unit::minute},
                                                                       {"hour", Unit::hour},
                                                                       {"day", Unit::day},
                                                                       {"week", Unit::week},
                                                                       {"month", Unit::month},
                                                                       {"quarter", Unit::quarter},
                                                                       {"year", Unit::year}}};
  if (word.ends_with('s')) word.remove_suffix(1);
  for (const auto& [name, unit] : units) {
    if (name == word) return unit;
  }
  return std::nullopt;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  bool inside = false;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\t';
    if (!space && !inside) words.emplace_back();
    if (!space) words.back() += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    inside = !space;
  }
  return words;
}

// "14", "14:30", "14:30:05", with or without a fraction, which is dropped.
std::optional<Period> time_of_day(local_days day, std::string_view text) {
  if (const std::size_t dot = text.find('.'); dot == 8) {
    if (!number(text.substr(9, 9), 999'999'999)) return std::nullopt;
    text = text.substr(0, dot);
  }
  if (text.size() != 2 && text.size() != 5 && text.size() != 8) return std::nullopt;
  const auto hour = number(text.substr(0, 2), 23);
  if (!hour) return std::nullopt;
  const local_seconds at_hour = day + hours(*hour);
  if (text.size() == 2) return period(at_hour, Unit::hour);
  const auto minute = number(text.substr(3, 2), 59);
  if (!minute || text[2] != ':') return std::nullopt;
  const local_seconds at_minute = at_hour + minutes(*minute);
  if (text.size() == 5) return period(at_minute, Unit::minute);
  const auto second = number(text.substr(6, 2), 59);
  if (!second || text[5] != ':') return std::nullopt;
  return period(at_minute + seconds(*second), Unit::second);
}

// An absolute date or time. `rest` is the time of day when the two are written apart.
std::optional<Period> absolute(std::string_view text, std::string_view rest, const Zone& zone) {
  if (text.size() < 4) return std::nullopt;
  const auto year_number = number(text.substr(0, 4), year_max);
  if (!year_number || *year_number < year_min) return std::nullopt;
  const date::year year(*year_number);
  if (text.size() == 4 && rest.empty()) return period(local_days(year / 1 / 1), Unit::year);
  if (text.size() < 7 || text[4] != '-') return std::nullopt;
  if (text[5] == 'q') {
    const auto quarter = number(text.substr(6), 4);
    if (text.size() != 7 || !rest.empty() || !quarter || *quarter < 1) return std::nullopt;
    return period(local_days(year / date::month(static_cast<unsigned>(*quarter * 3 - 2)) / 1), Unit::quarter);
  }
  const auto month_number = number(text.substr(5, 2), 12);
  if (!month_number || *month_number < 1) return std::nullopt;
  const date::month month(static_cast<unsigned>(*month_number));
  if (text.size() == 7 && rest.empty()) return period(local_days(year / month / 1), Unit::month);
  if (text.size() < 10 || text[7] != '-') return std::nullopt;
  const auto day_number = number(text.substr(8, 2), 31);
  if (!day_number) return std::nullopt;
  const date::year_month_day date = year / month / date::day(static_cast<unsigned>(*day_number));
  if (!date.ok()) return std::nullopt;
  const local_days day(date);
  if (text.size() > 10) {
    if (!rest.empty() || text[10] != 't') return std::nullopt;
    rest = text.substr(11);
    if (rest.empty()) return std::nullopt;
  }
  if (rest.empty()) return period(day, Unit::day);
  const bool utc = rest.ends_with('z');
  if (utc) rest.remove_suffix(1);
  auto time = time_of_day(day, rest);
  if (time && utc) {
    const auto local = [&](local_seconds at) { return zone.to_local(date::sys_seconds(at.time_since_epoch())); };
    time = Period{local(time->from), local(time->until)};
  }
  return time;
}

// "30 days", "12 complete months"
std::optional<std::pair<int, Unit>> length_of(const std::vector<std::string>& words) {
  const bool complete = words.size() == 3 && words[1] == "complete";
  if (words.size() != 2 && !complete) return std::nullopt;
  const auto count = number(words[0], count_max);
  const auto unit = unit_named(words.back());
  if (!count || !unit) return std::nullopt;
  return std::pair(*count, *unit);
}

Period period_of(std::string_view text, const Zone& zone, Moment moment) {
  std::vector<std::string> words = words_of(text);
  if (words.empty() || words.size() > 5) not_understood(text);
  const local_seconds now = zone.to_local(date::sys_seconds(seconds(moment.now)));
  const auto around_now = [&](Unit unit, int count) { return period(plus(truncated(now, unit), unit, count), unit); };
  if (words.size() == 1) {
    if (words[0] == "now") return around_now(Unit::second, 0);
    if (words[0] == "today") return around_now(Unit::day, 0);
    if (words[0] == "yesterday") return around_now(Unit::day, -1);
    if (words[0] == "tomorrow") return around_now(Unit::day, 1);
  }
  if (words.size() == 2) {
    if (const auto unit = unit_named(words[1]); unit && !words[1].ends_with('s')) {
      if (words[0] == "this" || words[0] == "current") return around_now(*unit, 0);
      if (words[0] == "last" || words[0] == "previous") return around_now(*unit, -1);
      if (words[0] == "next") return around_now(*unit, 1);
    }
  }
  if (words.size() <= 2) {
    if (const auto found = absolute(words[0], words.size() == 2 ? words[1] : "", zone)) return *found;
    not_understood(text);
  }
  const bool ago = words.back() == "ago";
  const bool from_now = words.size() >= 4 && words.back() == "now" && words[words.size() - 2] == "from";
  if (!ago && !from_now) not_understood(text);
  words.resize(words.size() - (ago ? 1 : 2));
  const auto distance = length_of(words);
  if (!distance) not_understood(text);
  return around_now(distance->second, ago ? -distance->first : distance->first);
}

struct Range {
  std::optional<local_seconds> from = {};
  std::optional<local_seconds> until = {};
};

Range range_of(const Filter& filter, const Zone& zone, Moment moment) {
  if (filter.type != Filter::Type::date) throw Error(Errc::bad_query, "This is not a date filter.");
  const Period left = period_of(filter.left, zone, moment);
  switch (filter.kind) {
    case Filter::Kind::on:
      return {left.from, left.until};
    case Filter::Kind::before:
      return {std::nullopt, left.from};
    case Filter::Kind::on_or_after:
      return {left.from, std::nullopt};
    case Filter::Kind::between:
      return {left.from, period_of(filter.right, zone, moment).until};
    case Filter::Kind::time_for_interval_duration: {
      const auto length = length_of(words_of(filter.right));
      if (!length) not_understood(filter.right);
      return {left.from, plus(left.from, length->second, length->first)};
    }
    default:
      throw Error(Errc::bad_query,
                  "A date filter is one of ON, BEFORE, ON_OR_AFTER, BETWEEN, "
                  "TIME_FOR_INTERVAL_DURATION.");
  }
}

template <class Time>
std::string text_of(Time time) {
  const auto day = date::floor<date::days>(time);
  const date::year_month_day date(day);
  const auto rest = date::hh_mm_ss<seconds>(time - day);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u %02d:%02d:%02d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(rest.hours().count()), static_cast<int>(rest.minutes().count()),
                static_cast<int>(rest.seconds().count()));
  return text;
}

std::string text_of(const std::optional<local_seconds>& time) {
  return time ? text_of(*time) : std::string();
}

// The inverse of text_of.
std::optional<local_seconds> time_of(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto part = [&](std::size_t at, std::size_t size) {
    return number(text.substr(at, size), year_max).value_or(0);
  };
  if (text.size() < 10) not_understood(text);
  const date::year_month_day date = date::year(part(0, 4)) / date::month(static_cast<unsigned>(part(5, 2))) /
                                    date::day(static_cast<unsigned>(part(8, 2)));
  if (!date.ok()) not_understood(text);
  local_seconds time = local_days(date);
  if (text.size() == 19) time += hours(part(11, 2)) + minutes(part(14, 2)) + seconds(part(17, 2));
  return time;
}

Unit unit_of(Timeframe timeframe) {
  switch (timeframe) {
    case Timeframe::minute:
      return Unit::minute;
    case Timeframe::hour:
      return Unit::hour;
    case Timeframe::date:
      return Unit::day;
    case Timeframe::week:
      return Unit::week;
    case Timeframe::month:
      return Unit::month;
    case Timeframe::quarter:
      return Unit::quarter;
    case Timeframe::year:
      return Unit::year;
    default:
      return Unit::second;
  }
}

std::optional<local_seconds> next_start(const std::optional<local_seconds>& time, Unit unit) {
  if (!time) return time;
  const local_seconds start = truncated(*time, unit);
  return start == *time ? start : plus(start, unit, 1);
}

}  // namespace

Interval local_interval(const Filter& filter, const std::string& time_zone, Moment moment) {
  const Range range = range_of(filter, Zone(time_zone), moment);
  return {text_of(range.from), text_of(range.until)};
}

Interval utc_interval(const Filter& filter, const std::string& time_zone, Moment moment) {
  return to_utc(local_interval(filter, time_zone, moment), time_zone);
}

Interval whole_periods(const Interval& local, Timeframe timeframe) {
  const Unit unit = unit_of(timeframe);
  const auto from = time_of(local.from);
  return {from ? text_of(truncated(*from, unit)) : "", text_of(next_start(time_of(local.until), unit))};
}

Interval to_utc(const Interval& local, const std::string& time_zone) {
  const Zone zone(time_zone);
  const auto utc = [&](const std::string& text) {
    const auto time = time_of(text);
    return time ? text_of(zone.to_utc(*time)) : std::string();
  };
  return {utc(local.from), utc(local.until)};
}

Interval to_days(const Interval& local) {
  const Interval whole = whole_periods(local, Timeframe::date);
  return {whole.from.substr(0, 10), whole.until.substr(0, 10)};
}

}  // namespace analyst
