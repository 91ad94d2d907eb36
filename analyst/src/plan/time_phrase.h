// plan/time_phrase.h - "last month", "since March 2025", "Q3", "between 2024-01-01 and 2024-02-15", "by week",
// "compared to the month before".
//
// Rules, the same everywhere: "this UNIT" is the whole calendar unit that holds today; "last UNIT" the one before it;
// "last N UNITs" the N whole units before the current one, which is left out because it is not over. "Past year" is the
// last 12 months, "past quarter" the last 3 months, "past month" the last 30 days and "past week" the last 7 days. A
// month or quarter without a year is the latest that has begun. Thread safety: pure functions of the tokens and today.
#pragma once

#include <cstddef>
#include <optional>

#include "plan/span.h"

namespace analyst::planning {

// The longest phrase that starts at token `at`, or nothing.
std::optional<Span> match_period(const Tokens& tokens, std::size_t at, Date today);
std::optional<Span> match_grain(const Tokens& tokens, std::size_t at);
std::optional<Span> match_comparison(const Tokens& tokens, std::size_t at, Date today);

}  // namespace analyst::planning
