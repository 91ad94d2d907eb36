// analyst/value.h - one value of a row or of a bound parameter.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

namespace analyst {

// monostate is SQL's NULL. Dates and times are ISO 8601 text ("2025-01-15", "2025-01-15 10:00:05").
using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

enum class ValueType { text, number, date, timestamp, boolean };

}  // namespace analyst
