#include "plan/read.h"

#include <algorithm>
#include <utility>

#include "plan/time_phrase.h"
#include "plan/words.h"

namespace analyst::planning {
namespace {

int worth(const Span& span) {
  const auto size = static_cast<int>(span.end - span.begin);
  const int square = size * size * 10;
  switch (span.meaning) {
    case Meaning::unknown:
      return -100;
    case Meaning::filler:
      return square - 4;
    case Meaning::field:
      return square + 4;
    case Meaning::value:
      return square + 3;
    case Meaning::period:
      return square + 2;
    default:
      return square;
  }
}

std::vector<Span> proposals(const Tokens& tokens, const Lexicon& lexicon, Date today, std::size_t at) {
  std::vector<Span> out;
  const auto take = [&](std::optional<Span> span) {
    if (span) out.push_back(std::move(*span));
  };
  take(match_function_word(tokens, at));
  take(match_rank(tokens, at));
  take(match_number(tokens, at));
  take(match_period(tokens, at, today));
  take(match_grain(tokens, at));
  take(match_comparison(tokens, at, today));
  take(lexicon.match_field(tokens, at));
  take(lexicon.match_value(tokens, at));
  Span unknown;
  unknown.begin = at;
  unknown.end = at + 1;
  out.push_back(unknown);
  return out;
}

}  // namespace

std::vector<Span> read(const Tokens& tokens, const Lexicon& lexicon, Date today) {
  struct Best {
    int worth = 0;
    Span span = {};
  };
  std::vector<Best> best(tokens.size() + 1);
  for (std::size_t at = tokens.size(); at-- > 0;) {
    bool first = true;
    for (Span& span : proposals(tokens, lexicon, today, at)) {
      const int total = worth(span) + best[span.end].worth;
      if (first || total > best[at].worth) best[at] = {total, std::move(span)};
      first = false;
    }
  }
  std::vector<Span> out;
  for (std::size_t at = 0; at < tokens.size();) {
    at = best[at].span.end;
    out.push_back(std::move(best[out.empty() ? 0 : out.back().end].span));
  }
  return out;
}

}  // namespace analyst::planning
