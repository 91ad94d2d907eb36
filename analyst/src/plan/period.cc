#include "plan/period.h"

#include <date/tz.h>

#include <array>
#include <cstdio>
#include <stdexcept>

#include "plan/text.h"

namespace analyst::planning {
namespace {

using std::chrono::days;
using std::chrono::months;
using std::chrono::year_month_day;

constexpr std::array<const char*, 12> month_names = {"January",   "February", "March",    "April",
                                                     "May",       "June",     "July",     "August",
                                                     "September", "October",  "November", "December"};

year_month_day civil(Date date) {
  return year_month_day{date};
}
unsigned day_of(Date date) {
  return static_cast<unsigned>(civil(date).day());
}
unsigned month_of(Date date) {
  return static_cast<unsigned>(civil(date).month());
}

Date plus_months(Date date, int count) {
  auto moved = civil(date) + months(count);
  if (!moved.ok()) moved = moved.year() / moved.month() / std::chrono::last;
  return Date{moved};
}

int months_between(Date from, Date until) {
  return (year_of(until) - year_of(from)) * 12 + static_cast<int>(month_of(until)) - static_cast<int>(month_of(from));
}

bool on_months(const Period& period) {
  return day_of(*period.from) == 1 && day_of(*period.until) == 1;
}

std::string day_in_words(Date date) {
  return std::to_string(day_of(date)) + " " + month_names[month_of(date) - 1] + " " + std::to_string(year_of(date));
}

std::string month_in_words(Date date) {
  return std::string(month_names[month_of(date) - 1]) + " " + std::to_string(year_of(date));
}

std::string closed_in_words(const Period& period) {
  const Date from = *period.from;
  const Date last = *period.until - days(1);
  if (from == last) return day_in_words(from);
  if (on_months(period)) {
    const int count = months_between(from, *period.until);
    if (count == 1) return month_in_words(from);
    if (count == 3 && (month_of(from) - 1) % 3 == 0) {
      return "Q" + std::to_string((month_of(from) - 1) / 3 + 1) + " " + std::to_string(year_of(from));
    }
    if (count == 12 && month_of(from) == 1) return std::to_string(year_of(from));
    if (count % 12 == 0 && month_of(from) == 1)
      return std::to_string(year_of(from)) + " to " + std::to_string(year_of(last));
    return month_in_words(from) + " to " + month_in_words(last);
  }
  return day_in_words(from) + " to " + day_in_words(last);
}

std::optional<int> digits(std::string_view text) {
  if (text.empty() || text.size() > 6) return {};
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return {};
    value = value * 10 + (c - '0');
  }
  return value;
}

}  // namespace

std::string_view to_string(Unit unit) {
  switch (unit) {
    case Unit::day:
      return "day";
    case Unit::week:
      return "week";
    case Unit::month:
      return "month";
    case Unit::quarter:
      return "quarter";
    case Unit::year:
      return "year";
  }
  return "";
}

std::optional<Unit> parse_unit(std::string_view word) {
  const std::string one = singular(word);
  for (const Unit unit : {Unit::day, Unit::week, Unit::month, Unit::quarter, Unit::year}) {
    if (one == to_string(unit)) return unit;
  }
  return {};
}

Date date_of(int year, unsigned month, unsigned day) {
  return Date{std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day)};
}

std::optional<Date> parse_date(std::string_view text) {
  if (text.size() < 10 || text[4] != '-' || text[7] != '-') return {};
  const auto year = digits(text.substr(0, 4));
  const auto month = digits(text.substr(5, 2));
  const auto day = digits(text.substr(8, 2));
  if (!year || !month || !day) return {};
  const auto date = std::chrono::year(*year) / std::chrono::month(static_cast<unsigned>(*month)) /
                    std::chrono::day(static_cast<unsigned>(*day));
  if (!date.ok()) return {};
  return Date{date};
}

std::string iso(Date date) {
  std::array<char, 32> buffer = {};
  std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-%02u", year_of(date), month_of(date), day_of(date));
  return buffer.data();
}

int year_of(Date date) {
  return static_cast<int>(civil(date).year());
}

Date local_day(std::int64_t now, const std::string& time_zone) {
  const std::chrono::sys_seconds moment{std::chrono::seconds(now)};
  if (time_zone.empty() || time_zone == "UTC") return std::chrono::floor<days>(moment);
  try {
    const auto local = date::locate_zone(time_zone)->to_local(moment);
    return Date{std::chrono::floor<days>(local).time_since_epoch()};
  } catch (const std::runtime_error&) {
    return std::chrono::floor<days>(moment);
  }
}

Date start_of(Unit unit, Date date) {
  const auto year = year_of(date);
  switch (unit) {
    case Unit::day:
      return date;
    case Unit::week:
      return date - (std::chrono::weekday{date} - std::chrono::Monday);
    case Unit::month:
      return date_of(year, month_of(date), 1);
    case Unit::quarter:
      return date_of(year, (month_of(date) - 1) / 3 * 3 + 1, 1);
    case Unit::year:
      return date_of(year, 1, 1);
  }
  return date;
}

Date plus(Date date, Unit unit, int count) {
  switch (unit) {
    case Unit::day:
      return date + days(count);
    case Unit::week:
      return date + days(7 * count);
    case Unit::month:
      return plus_months(date, count);
    case Unit::quarter:
      return plus_months(date, 3 * count);
    case Unit::year:
      return plus_months(date, 12 * count);
  }
  return date;
}

Period whole(Unit unit, Date date, int offset) {
  const Date from = plus(start_of(unit, date), unit, offset);
  return {from, plus(from, unit, 1)};
}

Period shifted(const Period& period, Unit unit, int count) {
  Period moved = period;
  if (moved.from) moved.from = plus(*moved.from, unit, count);
  if (moved.until) moved.until = plus(*moved.until, unit, count);
  return moved;
}

Period before(const Period& period) {
  if (on_months(period)) return shifted(period, Unit::month, -months_between(*period.from, *period.until));
  return shifted(period, Unit::day, -static_cast<int>((*period.until - *period.from).count()));
}

Filter to_filter(const Period& period) {
  Filter filter;
  filter.type = Filter::Type::date;
  if (period.from && period.until) {
    filter.kind = Filter::Kind::time_for_interval_duration;
    filter.left = iso(*period.from);
    const auto count = on_months(period) ? months_between(*period.from, *period.until)
                                         : static_cast<int>((*period.until - *period.from).count());
    filter.right = std::to_string(count) + (on_months(period) ? " month" : " day") + (count == 1 ? "" : "s");
  } else if (period.from) {
    filter.kind = Filter::Kind::on_or_after;
    filter.left = iso(*period.from);
  } else if (period.until) {
    filter.kind = Filter::Kind::before;
    filter.left = iso(*period.until);
  }
  return filter;
}

std::optional<Period> from_filter(const Filter& filter) {
  if (filter.type != Filter::Type::date || filter.is_negative) return {};
  const auto left = parse_date(filter.left);
  if (!left) return {};
  switch (filter.kind) {
    case Filter::Kind::on_or_after:
      return Period{*left, {}};
    case Filter::Kind::before:
      return Period{{}, *left};
    case Filter::Kind::on:
      return Period{*left, *left + days(1)};
    case Filter::Kind::time_for_interval_duration: {
      const auto space = filter.right.find(' ');
      if (space == std::string::npos) return {};
      const auto count = digits(std::string_view(filter.right).substr(0, space));
      const auto unit = parse_unit(std::string_view(filter.right).substr(space + 1));
      if (!count || !unit) return {};
      return Period{*left, plus(*left, *unit, *count)};
    }
    default:
      return {};
  }
}

std::string in_words(const Period& period, Date today) {
  if (period.from && period.until) {
    const bool unfinished = *period.from <= today && today<*period.until&& * period.until - *period.from> days(1);
    return closed_in_words(period) + (unfinished ? " so far" : "");
  }
  if (period.from) return "since " + day_in_words(*period.from);
  if (period.until) return "before " + day_in_words(*period.until);
  return "all time";
}

Timeframe fitting_grain(const Period& period) {
  if (!period.from || !period.until) return Timeframe::month;
  const auto count = (*period.until - *period.from).count();
  if (count <= 31) return Timeframe::date;
  if (count <= 120) return Timeframe::week;
  if (count <= 366 * 3) return Timeframe::month;
  return Timeframe::quarter;
}

std::optional<Unit> unit_of(Timeframe grain) {
  switch (grain) {
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
      return {};
  }
}

std::optional<Date> parse_piece(std::string_view text) {
  if (const auto date = parse_date(text)) return date;
  const auto year = digits(text.substr(0, 4));
  if (!year || text.size() < 4) return {};
  if (text.size() == 4) return date_of(*year, 1, 1);
  if (text.size() == 7 && text[4] == '-') {
    if (text[5] == 'Q' && text[6] >= '1' && text[6] <= '4') {
      return date_of(*year, static_cast<unsigned>(text[6] - '1') * 3 + 1, 1);
    }
    const auto month = digits(text.substr(5, 2));
    if (month && *month >= 1 && *month <= 12) return date_of(*year, static_cast<unsigned>(*month), 1);
  }
  return {};
}

}  // namespace analyst::planning
