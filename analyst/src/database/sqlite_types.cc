#include "database/sqlite_types.h"

#include <sqlite3.h>

#include <array>
#include <cctype>

namespace analyst {
namespace {

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "9" stands for a digit, anything else for itself.
bool has_shape(std::string_view text, std::string_view shape) {
  if (text.size() != shape.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == '9' ? !is_digit(text[i]) : text[i] != shape[i]) return false;
  }
  return true;
}

// Bytes of the well-formed sequence at the start of `text`; 0 when there is none.
std::size_t sequence_size(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || size > text.size()) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const bool overlong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xf0 && byte(1) < 0x90);
  const bool surrogate = lead == 0xed && byte(1) > 0x9f;
  const bool beyond = lead == 0xf4 && byte(1) > 0x8f;
  return overlong || surrogate || beyond ? 0 : size;
}

}  // namespace

ValueType type_of_declaration(std::string_view declared) {
  const std::string word = upper(declared);
  const auto has = [&](std::string_view part) { return word.find(part) != std::string::npos; };
  if (has("BOOL")) return ValueType::boolean;
  if (has("TIMESTAMP") || has("DATETIME")) return ValueType::timestamp;
  if (has("DATE")) return ValueType::date;
  // The order of SQLite's rules (sqlite.org/datatype3.html, 3.1).
  if (has("INT")) return ValueType::number;
  if (has("CHAR") || has("CLOB") || has("TEXT") || has("BLOB")) return ValueType::text;
  for (const std::string_view part : {"REAL", "FLOA", "DOUB", "NUM", "DEC", "MONEY", "CURRENCY"}) {
    if (has(part)) return ValueType::number;
  }
  return ValueType::text;
}

ValueType type_of_text(std::string_view value) {
  if (has_shape(value, "9999-99-99")) return ValueType::date;
  if (value.size() < 16 || (value[10] != ' ' && value[10] != 'T')) return ValueType::text;
  if (!has_shape(value.substr(0, 10), "9999-99-99") || !has_shape(value.substr(11, 5), "99:99")) return ValueType::text;
  std::string_view rest = value.substr(16);
  if (rest.size() >= 3 && has_shape(rest.substr(0, 3), ":99")) rest.remove_prefix(3);
  if (rest.starts_with(".")) {
    rest.remove_prefix(1);
    if (rest.empty() || !is_digit(rest.front())) return ValueType::text;
    while (!rest.empty() && is_digit(rest.front())) rest.remove_prefix(1);
  }
  const bool zone = rest.empty() || rest == "Z" || has_shape(rest, "+99:99") || has_shape(rest, "-99:99");
  return zone ? ValueType::timestamp : ValueType::text;
}

std::string valid_utf8(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const std::size_t size = sequence_size(text);
    if (size == 0) {
      result += "\xEF\xBF\xBD";
      text.remove_prefix(1);
    } else {
      result += text.substr(0, size);
      text.remove_prefix(size);
    }
  }
  return result;
}

Value column_value(sqlite3_stmt* statement, int column, bool is_boolean) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER: {
      const std::int64_t number = sqlite3_column_int64(statement, column);
      if (is_boolean && (number == 0 || number == 1)) return number == 1;
      return number;
    }
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, column);
    case SQLITE_TEXT: {
      const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
      return valid_utf8(std::string_view(text == nullptr ? "" : text, text == nullptr ? 0 : size));
    }
    case SQLITE_BLOB:
      return "[" + std::to_string(sqlite3_column_bytes(statement, column)) + " bytes]";
    default:
      return Value{};
  }
}

}  // namespace analyst
