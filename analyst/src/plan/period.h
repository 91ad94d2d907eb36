// plan/period.h - stretches of whole days, their calendar arithmetic, and how they are written as filters and in words.
//
// A question's "last month" becomes fixed dates while it is read: the stored query then means the same when it is run
// again tomorrow, and "compared to the month before" is plain arithmetic. Weeks start on Monday.
// Thread safety: pure functions.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "analyst/query.h"

namespace analyst::planning {

using Date = std::chrono::sys_days;

enum class Unit { day, week, month, quarter, year };
std::string_view to_string(Unit unit);
std::optional<Unit> parse_unit(std::string_view word);

// Half-open. No `from`: everything before `until`; no `until`: everything since `from`.
struct Period {
  std::optional<Date> from = {};
  std::optional<Date> until = {};
  friend bool operator==(const Period&, const Period&) = default;
};

Date date_of(int year, unsigned month, unsigned day);
// Empty when there is no such day.
std::optional<Date> parse_date(std::string_view iso);
std::string iso(Date date);
int year_of(Date date);

// The day it is in `time_zone` (an IANA name; an unknown one counts as UTC) at `now`, in Unix seconds.
Date local_day(std::int64_t now, const std::string& time_zone);

// The first day of the unit that holds `date`.
Date start_of(Unit unit, Date date);
// A day of the month that does not exist becomes the month's last.
Date plus(Date date, Unit unit, int count);
// The whole unit that holds `date`, moved by `offset` units.
Period whole(Unit unit, Date date, int offset = 0);

Period shifted(const Period& period, Unit unit, int count);
// The period of the same length that ends where this one starts. Both ends must be there.
Period before(const Period& period);

Filter to_filter(const Period& period);
// Empty for a filter that is relative ("12 months ago"), negative, or not about dates.
std::optional<Period> from_filter(const Filter& filter);

// "October 2026", "Q3 2026", "2026", "1 March 2026 to 15 April 2026", "since 1 March 2026". A period that holds `today`
// and has not ended is "2026 so far".
std::string in_words(const Period& period, Date today);

// The grain that shows a development over the period with some ten to forty points.
Timeframe fitting_grain(const Period& period);

// The unit of a timeframe that cuts time into pieces; empty for parts like month_name.
std::optional<Unit> unit_of(Timeframe grain);
// The start of a piece of time as a result names it: "2026-10", "2026-10-05", "2026-Q3", "2026".
std::optional<Date> parse_piece(std::string_view text);

}  // namespace analyst::planning
