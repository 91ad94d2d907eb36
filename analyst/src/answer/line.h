// answer/line.h - builds a sentence and its claims side by side, so that no number gets in without saying where it is
// from.
//
// Thread safety: a line belongs to one thread; it refers to results that outlive it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "answer/number_check.h"

namespace analyst::answering {

class Line {
 public:
  // Text that is said in `words` is added to what the evidence knows.
  Line(const std::vector<QueryResult>& results, std::vector<std::string>& words) : results_(&results), words_(&words) {}

  // Our own words, without digits.
  Line& text(std::string_view text);
  // A label, a condition, a period: anything that is not a row's.
  Line& words(const std::string& text);
  Line& cell(Cell cell);
  Line& highest(Cell cell, std::vector<std::size_t> among);
  Line& lowest(Cell cell, std::vector<std::size_t> among);
  Line& difference(Cell a, Cell b);
  Line& change(Cell a, Cell b);
  Line& share(Cell part, Cell whole);
  Line& row_count(std::size_t result);

  Sentence done() const { return sentence_; }

 private:
  std::string shown(Cell cell) const;
  Line& claim(Claim claim);

  const std::vector<QueryResult>* results_;
  std::vector<std::string>* words_;
  Sentence sentence_;
};

}  // namespace analyst::answering
