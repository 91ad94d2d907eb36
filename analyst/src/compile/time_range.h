// compile/time_range.h - what a date filter means: relative expressions become a half-open interval.
//
// An expression names one period of the calendar, on the wall clock of the user's time zone:
//
//   2025   2025-Q1   2025-03   2025-03-09   2025-03-09 14:00   2025-03-09T14:00:00Z
//   now   today   yesterday   tomorrow
//   this month   last week   next year        (also "current" and "previous"; weeks start on Monday)
//   12 months ago   3 days from now           the whole month or day that far from the current one ("complete" may
//                                             stand after the number and changes nothing)
//
// and the kinds of date filter mean, with `left` and `right` as expressions:
//
//   ON                          inside the period `left`
//   BEFORE                      before the period `left` starts
//   ON_OR_AFTER                 once the period `left` has started
//   BETWEEN                     from the start of `left` to the END of `right`: both periods are included
//   TIME_FOR_INTERVAL_DURATION  from the start of `left`, for the length `right` ("12 months", "30 days")
//
// So "12 months ago" for "12 months" is the twelve full months before the current one, and "this month" for "1 month"
// is the current one, days to come included.
#pragma once

#include <string>
#include <string_view>

#include "analyst/query.h"

namespace analyst {

// Half-open. "YYYY-MM-DD HH:MM:SS"; an empty end is open.
struct Interval {
  std::string from = {};
  std::string until = {};
  friend bool operator==(const Interval&, const Interval&) = default;
};

// The interval of a date filter in UTC, to be compared with stored timestamps. is_negative is the caller's business.
// Throws Error(bad_query) naming the expression that is not understood.
Interval utc_interval(const Filter& filter, const std::string& time_zone, Moment moment);

// The same on the user's wall clock: what dates without a time are compared with, and what people are shown.
Interval local_interval(const Filter& filter, const std::string& time_zone, Moment moment);

// The interval grown to whole periods of `timeframe`, which is one of second … year. Local in, local out.
Interval whole_periods(const Interval& local, Timeframe timeframe);

// A local interval in UTC.
Interval to_utc(const Interval& local, const std::string& time_zone);

// A local interval as dates: a first day and the day after the last one that it touches.
Interval to_days(const Interval& local);

}  // namespace analyst
