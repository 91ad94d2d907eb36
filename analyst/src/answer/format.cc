#include "answer/format.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>
#include <utility>

#include "plan/clarify.h"
#include "plan/period.h"

namespace analyst::answering {
namespace {

constexpr int decimals_max = 10;

struct Format {
  std::string_view kind;
  std::optional<int> decimals;
};

Format parse_format(std::string_view format) {
  Format out{format, {}};
  const auto bar = format.rfind('_');
  if (bar == std::string_view::npos || bar + 1 == format.size()) return out;
  int number = 0;
  for (const char c : format.substr(bar + 1)) {
    if (c < '0' || c > '9' || number > decimals_max) return out;
    number = number * 10 + (c - '0');
  }
  return {format.substr(0, bar), std::min(number, decimals_max)};
}

std::string symbol(std::string_view code) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 11> symbols = {{
      {"", "$"},
      {"usd", "$"},
      {"eur", "€"},
      {"gbp", "£"},
      {"jpy", "¥"},
      {"cny", "CN¥"},
      {"inr", "₹"},
      {"krw", "₩"},
      {"brl", "R$"},
      {"aud", "A$"},
      {"cad", "CA$"},
  }};
  for (const auto& [name, sign] : symbols) {
    if (name == code) return std::string(sign);
  }
  std::string out;
  for (const char c : code) out += static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  return out + " ";
}

std::string digits(double number, int decimals) {
  std::array<char, 400> buffer = {};
  std::snprintf(buffer.data(), buffer.size(), "%.*f", decimals, number);
  return buffer.data();
}

// `number` is not negative.
std::string separated(double number, int decimals) {
  const std::string text = digits(number, decimals);
  const auto whole = std::min(text.find('.'), text.size());
  std::string out;
  for (std::size_t i = 0; i < whole; ++i) {
    if (i > 0 && (whole - i) % 3 == 0) out += ',';
    out += text[i];
  }
  return out + text.substr(whole);
}

// Enough decimals to tell small numbers apart, none for whole ones.
int fitting_decimals(double number) {
  if (number == std::floor(number)) return 0;
  if (number >= 1) return 2;
  return std::min(decimals_max, 3 - static_cast<int>(std::floor(std::log10(number))));
}

std::string big(double number, std::optional<int> decimals) {
  constexpr std::array<std::pair<double, const char*>, 4> scales = {{{1e12, "T"}, {1e9, "B"}, {1e6, "M"}, {1e3, "K"}}};
  for (const auto& [scale, suffix] : scales) {
    // 999,950 is 1.0M, not 1000.0K.
    if (number >= scale * 0.99995) return separated(number / scale, decimals.value_or(1)) + suffix;
  }
  return separated(number, decimals.value_or(fitting_decimals(number)));
}

bool is_zero(const std::string& shown) {
  return std::none_of(shown.begin(), shown.end(), [](char c) { return c >= '1' && c <= '9'; });
}

}  // namespace

std::string format_number(double number, std::string_view text) {
  const Format format = parse_format(text);
  const double size = std::fabs(number);
  std::string_view kind = format.kind;
  std::string out;
  if (kind == "percent") {
    out = separated(size * 100, format.decimals.value_or(1)) + "%";
  } else if (kind == "id") {
    out = digits(size, number == std::floor(number) ? 0 : fitting_decimals(size));
  } else if (kind == "big") {
    out = big(size, format.decimals);
  } else if (kind.ends_with("currency")) {
    kind.remove_suffix(std::string_view("currency").size());
    const bool is_big = kind.starts_with("big");
    if (is_big) kind.remove_prefix(3);
    out = symbol(kind) + (is_big ? big(size, format.decimals) : separated(size, format.decimals.value_or(2)));
  } else {
    out = separated(size, kind == "number" ? format.decimals.value_or(fitting_decimals(size)) : fitting_decimals(size));
  }
  return number < 0 && !is_zero(out) ? "-" + out : out;
}

bool is_number(const Value& value) {
  return std::holds_alternative<std::int64_t>(value) || std::holds_alternative<double>(value);
}

double to_number(const Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  if (const auto* number = std::get_if<double>(&value)) return *number;
  return 0;
}

std::string format_value(const Value& value, const ResultColumn& column) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (!is_number(value)) return "";
  // Years, hours and identifiers are names made of digits.
  if (column.format.empty() && (!column.is_measure || column.name.timeframe))
    return format_number(to_number(value), "id");
  return format_number(to_number(value), column.format);
}

std::string in_markdown(const Value& value, const ResultColumn& column) {
  if (std::holds_alternative<std::monostate>(value)) return "–";
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (text->empty()) return "(empty)";
    const auto unit = column.name.timeframe ? planning::unit_of(*column.name.timeframe) : std::nullopt;
    const auto piece = unit ? planning::parse_piece(*text) : std::nullopt;
    // A piece that starts today is not over, but that is for a sentence to say.
    if (piece && unit != planning::Unit::week) {
      return planning::in_words(planning::whole(*unit, *piece), planning::Date::min());
    }
    if (piece)
      return "week of " + planning::in_words(planning::whole(planning::Unit::day, *piece), planning::Date::min());
    return planning::escape_markdown(*text);
  }
  return planning::escape_markdown(format_value(value, column));
}

}  // namespace analyst::answering
