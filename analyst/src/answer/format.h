// answer/format.h - values as people read them: "$1,234.50", "12.5%", "1.2M", "October 2026".
//
// A format is a name with the number of decimals after an underscore, as in the model: number_0, percent_1, currency_2,
// usdcurrency_2 (and the other ISO codes), big, bigcurrency_1, id. A currency without a code is the dollar.
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "analyst/query.h"

namespace analyst::answering {

// NULL is the empty text.
std::string format_value(const Value& value, const ResultColumn& column);
std::string format_number(double number, std::string_view format);

// A cell for prose and for Markdown tables: safe whatever the text holds, periods in words, NULL as a dash.
std::string in_markdown(const Value& value, const ResultColumn& column);

// Whether a value can be calculated with, and as what.
bool is_number(const Value& value);
double to_number(const Value& value);

}  // namespace analyst::answering
