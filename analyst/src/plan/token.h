// plan/token.h - a question cut into words, numbers, dates and quoted texts.
//
// Thread safety: pure functions. Invariants: tokens are in the order of the text and do not overlap; `begin` and `end`
// are byte offsets into it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace analyst::planning {

struct Token {
  enum class Kind { word, number, date, quoted, comma };
  Kind kind = Kind::word;
  // As it was typed; of a quoted text, what is between the quotes.
  std::string text = {};
  std::string lower = {};
  std::string stem = {};
  std::size_t begin = 0;
  std::size_t end = 0;
  // Of a number; "1.5k" is 1500.
  double number = 0;
  bool is_integer = false;
  bool has_currency = false;
  bool has_percent = false;
  // "3rd"
  bool is_ordinal = false;
};

using Tokens = std::vector<Token>;

// "2025-03-01" is one date, "1,000" one number, "best-selling" two words, "what's" one word without its ending.
// Punctuation that carries no meaning is dropped.
Tokens tokenise(std::string_view text);

}  // namespace analyst::planning
