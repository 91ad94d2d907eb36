#include "answer/number_check.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <utility>

#include "answer/format.h"

namespace analyst::answering {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

const Value* value_at(const Cell& cell, const Evidence& evidence) {
  if (cell.result >= evidence.results.size()) return nullptr;
  const auto& rows = evidence.results[cell.result].rows.rows;
  if (cell.row >= rows.size() || cell.column >= rows[cell.row].size()) return nullptr;
  return &rows[cell.row][cell.column];
}

std::optional<double> number_at(const Cell& cell, const Evidence& evidence) {
  const Value* value = value_at(cell, evidence);
  if (!value || !is_number(*value)) return {};
  return to_number(*value);
}

struct Parsed {
  double number = 0;
  // Half of the last digit shown.
  double tolerance = 0;
  bool percent = false;
  bool positive_sign = false;
};

// A number as it was shown, with its sign, currency, separators and scale.
std::optional<Parsed> parse(const std::string& shown) {
  const auto first = std::find_if(shown.begin(), shown.end(), is_digit);
  if (first == shown.end()) return {};
  const std::string head(shown.begin(), first);
  const bool negative = head.find('-') != std::string::npos || head.find("\u2212") != std::string::npos;
  std::string digits;
  int decimals = 0;
  bool fraction = false;
  auto at = first;
  for (; at != shown.end(); ++at) {
    if (is_digit(*at)) {
      digits += *at;
      if (fraction) ++decimals;
    } else if (*at == '.' && !fraction) {
      fraction = true;
      digits += '.';
    } else if (*at != ',') {
      break;
    }
  }
  Parsed out;
  double scale = 1;
  const std::string tail(at, shown.end());
  if (tail == "K") scale = 1e3;
  if (tail == "M") scale = 1e6;
  if (tail == "B") scale = 1e9;
  if (tail == "T") scale = 1e12;
  out.percent = tail == "%";
  if (scale == 1 && !out.percent && !tail.empty()) return {};
  if (out.percent) scale = 0.01;
  out.number = std::strtod(digits.c_str(), nullptr) * scale * (negative ? -1 : 1);
  out.tolerance = 0.5000001 * std::pow(10.0, -decimals) * scale;
  out.positive_sign = head.find('+') != std::string::npos;
  return out;
}

bool agrees(double expected, const std::string& shown, bool signed_change) {
  const auto parsed = parse(shown);
  if (!parsed) return false;
  if (signed_change && expected > parsed->tolerance && !parsed->positive_sign) return false;
  // Large numbers lose digits on the way through a double.
  return std::fabs(parsed->number - expected) <= parsed->tolerance + std::fabs(expected) * 1e-12;
}

bool is_extreme(const Claim& claim, double value, const Evidence& evidence) {
  if (std::find(claim.among.begin(), claim.among.end(), claim.a.row) == claim.among.end()) return false;
  return std::all_of(claim.among.begin(), claim.among.end(), [&](std::size_t row) {
    const auto other = number_at({claim.a.result, row, claim.a.column}, evidence);
    return !other || (claim.rule == Claim::Rule::highest ? *other <= value : *other >= value);
  });
}

std::string wrong(const Claim& claim, const char* what) {
  return "\"" + claim.shown + "\": " + what;
}

std::string disproof(const Claim& claim, const Evidence& evidence) {
  using Rule = Claim::Rule;
  if (claim.rule == Rule::words) {
    const bool known = std::find(evidence.words.begin(), evidence.words.end(), claim.shown) != evidence.words.end();
    return known ? "" : wrong(claim, "is neither a label nor a condition of the queries");
  }
  if (claim.rule == Rule::row_count) {
    if (claim.a.result >= evidence.results.size()) return wrong(claim, "names no result");
    const auto count = static_cast<double>(evidence.results[claim.a.result].rows.rows.size());
    return agrees(count, claim.shown, false) ? "" : wrong(claim, "is not the number of rows");
  }
  const Value* value = value_at(claim.a, evidence);
  if (!value) return wrong(claim, "names no cell");
  if (claim.rule == Rule::cell && !is_number(*value)) {
    const bool same = in_markdown(*value, evidence.results[claim.a.result].columns[claim.a.column]) == claim.shown;
    return same ? "" : wrong(claim, "is not what the cell holds");
  }
  const auto a = number_at(claim.a, evidence);
  if (!a) return wrong(claim, "rests on a cell that is no number");
  switch (claim.rule) {
    case Rule::cell:
      return agrees(*a, claim.shown, false) ? "" : wrong(claim, "is not what the cell holds");
    case Rule::highest:
    case Rule::lowest:
      if (!agrees(*a, claim.shown, false)) return wrong(claim, "is not what the cell holds");
      return is_extreme(claim, *a, evidence) ? "" : wrong(claim, "is not the extreme it is said to be");
    default:
      break;
  }
  const auto b = number_at(claim.b, evidence);
  if (!b) return wrong(claim, "rests on a cell that is no number");
  switch (claim.rule) {
    case Rule::difference:
      return agrees(std::fabs(*a - *b), claim.shown, false) ? "" : wrong(claim, "is not the difference");
    case Rule::change:
      if (*b == 0) return wrong(claim, "is a change from nothing");
      return agrees((*a - *b) / std::fabs(*b), claim.shown, true) ? "" : wrong(claim, "is not the change");
    case Rule::share:
      if (*b == 0) return wrong(claim, "is a share of nothing");
      return agrees(*a / *b, claim.shown, false) ? "" : wrong(claim, "is not the share");
    default:
      return wrong(claim, "follows no known rule");
  }
}

}  // namespace

std::string disproof(const Sentence& sentence, const Evidence& evidence) {
  std::string rest;
  std::size_t at = 0;
  for (const Claim& claim : sentence.claims) {
    if (auto why = disproof(claim, evidence); !why.empty()) return why;
    const auto found = claim.shown.empty() ? std::string::npos : sentence.text.find(claim.shown, at);
    if (found == std::string::npos) return wrong(claim, "does not stand in the sentence");
    rest += sentence.text.substr(at, found - at) + " ";
    at = found + claim.shown.size();
  }
  rest += sentence.text.substr(at);
  const auto left = numbers_in(rest);
  return left.empty() ? "" : "\"" + left.front() + "\" has no proof";
}

std::vector<std::string> numbers_in(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < text.size();) {
    if (!is_digit(text[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && (is_digit(text[end]) || ((text[end] == ',' || text[end] == '.') &&
                                                         end + 1 < text.size() && is_digit(text[end + 1]))))
      ++end;
    out.emplace_back(text.substr(i, end - i));
    i = end;
  }
  return out;
}

}  // namespace analyst::answering
