#include "answer/line.h"

#include <cmath>
#include <utility>

#include "answer/format.h"

namespace analyst::answering {

Line& Line::text(std::string_view text) {
  sentence_.text += text;
  return *this;
}

Line& Line::claim(Claim claim) {
  sentence_.text += claim.shown;
  sentence_.claims.push_back(std::move(claim));
  return *this;
}

std::string Line::shown(Cell cell) const {
  const QueryResult& result = results_->at(cell.result);
  return in_markdown(result.rows.rows.at(cell.row).at(cell.column), result.columns.at(cell.column));
}

Line& Line::words(const std::string& text) {
  words_->push_back(text);
  return claim({.rule = Claim::Rule::words, .shown = text});
}

Line& Line::cell(Cell cell) {
  return claim({.rule = Claim::Rule::cell, .a = cell, .shown = shown(cell)});
}

Line& Line::highest(Cell cell, std::vector<std::size_t> among) {
  return claim({.rule = Claim::Rule::highest, .a = cell, .among = std::move(among), .shown = shown(cell)});
}

Line& Line::lowest(Cell cell, std::vector<std::size_t> among) {
  return claim({.rule = Claim::Rule::lowest, .a = cell, .among = std::move(among), .shown = shown(cell)});
}

Line& Line::difference(Cell a, Cell b) {
  const auto number = [&](Cell cell) {
    return to_number(results_->at(cell.result).rows.rows.at(cell.row).at(cell.column));
  };
  const std::string& format = results_->at(a.result).columns.at(a.column).format;
  claim({.rule = Claim::Rule::difference,
         .a = a,
         .b = b,
         .shown = format_number(std::fabs(number(a) - number(b)), format)});
  if (format.starts_with("percent")) text(" points");
  return *this;
}

Line& Line::change(Cell a, Cell b) {
  const auto number = [&](Cell cell) {
    return to_number(results_->at(cell.result).rows.rows.at(cell.row).at(cell.column));
  };
  const double change = (number(a) - number(b)) / std::fabs(number(b));
  return claim({.rule = Claim::Rule::change,
                .a = a,
                .b = b,
                .shown = (change > 0 ? "+" : "") + format_number(change, "percent_1")});
}

Line& Line::share(Cell part, Cell whole) {
  const auto number = [&](Cell cell) {
    return to_number(results_->at(cell.result).rows.rows.at(cell.row).at(cell.column));
  };
  return claim({.rule = Claim::Rule::share,
                .a = part,
                .b = whole,
                .shown = format_number(number(part) / number(whole), "percent_1")});
}

Line& Line::row_count(std::size_t result) {
  const auto count = static_cast<double>(results_->at(result).rows.rows.size());
  return claim({.rule = Claim::Rule::row_count, .a = {.result = result}, .shown = format_number(count, "number_0")});
}

}  // namespace analyst::answering
