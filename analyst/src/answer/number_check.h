// answer/number_check.h - proves every number of an answer against the rows it came from.
//
// A sentence carries its claims: which stretch of its text is which cell, or follows from which cells by which rule.
// The check works out each claim from the rows by itself, reads the number back out of the text and compares them; then
// no digit may be left outside a claim. A sentence that fails is dropped from the answer. It is the same for sentences
// of the built-in narrator and for those of any other writer. Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "analyst/analyst.h"

namespace analyst::answering {

struct Cell {
  std::size_t result = 0;
  std::size_t row = 0;
  std::size_t column = 0;
  friend bool operator==(const Cell&, const Cell&) = default;
};

struct Claim {
  enum class Rule {
    cell,        // the value of a
    highest,     // the value of a, which no row of `among` exceeds in its column
    lowest,      // the value of a, below which no row of `among` is
    difference,  // a - b, without its sign
    change,      // (a - b) / |b| in per cent, with its sign
    share,       // a / b in per cent
    row_count,   // how many rows the result of a has
    words,       // a text that stands in Evidence::words
  };
  Rule rule = Rule::cell;
  Cell a = {};
  Cell b = {};
  std::vector<std::size_t> among = {};
  // As it stands in the sentence. Claims are in the order of the text.
  std::string shown = {};
};

struct Sentence {
  std::string text = {};
  std::vector<Claim> claims = {};
};

struct Evidence {
  const std::vector<QueryResult>& results;
  // Labels, conditions and the like, as they may be quoted.
  std::vector<std::string> words = {};
};

// Empty: proven. Otherwise what is wrong, for tests and logs.
std::string disproof(const Sentence& sentence, const Evidence& evidence);

// The numbers of a text, as written: "$1,234.50" gives "1,234.50".
std::vector<std::string> numbers_in(std::string_view text);

}  // namespace analyst::answering
