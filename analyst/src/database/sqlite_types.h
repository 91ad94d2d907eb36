// database/sqlite_types.h - SQLite's declared types and stored values, as the analyst's.
#pragma once

#include <string>
#include <string_view>

#include "analyst/value.h"

struct sqlite3_stmt;

namespace analyst {

// SQLite lets a column be declared as anything, or as nothing. Booleans, dates and timestamps go by the word, numbers by
// SQLite's rules of affinity and the usual names for money; anything else is text.
ValueType type_of_declaration(std::string_view declared);

// "2025-01-15" is a date, "2025-01-15 10:00" or "2025-01-15T10:00:05.123Z" a timestamp, anything else is text.
ValueType type_of_text(std::string_view value);

// The value of a column of the current row. A boolean column's 0 and 1 are false and true. Bytes that are no UTF-8 are
// replaced by U+FFFD, so that every answer can be written as JSON; a blob is only told by its size.
Value column_value(sqlite3_stmt* statement, int column, bool is_boolean);

// `text` with every malformed sequence replaced by U+FFFD.
std::string valid_utf8(std::string_view text);

}  // namespace analyst
