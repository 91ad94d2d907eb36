// plan/words.h - the words of English that a question is built with, apart from the model's own and from time.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "plan/span.h"

namespace analyst::planning {

// "five" is 5.
std::optional<int> number_word(std::string_view word);

// "by", "how many", "not", "show me", …: the longest that starts at `at`.
std::optional<Span> match_function_word(const Tokens& tokens, std::size_t at);
// "top 5", "3 worst", "bottom ten".
std::optional<Span> match_rank(const Tokens& tokens, std::size_t at);
// "more than 100", "at least $1,000", "between 5 and 10", "10 or more".
std::optional<Span> match_number(const Tokens& tokens, std::size_t at);

}  // namespace analyst::planning
