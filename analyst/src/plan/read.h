// plan/read.h - tokens to spans: the reading of a question that explains most of its words.
//
// Every recogniser proposes spans at every token; the chosen ones do not overlap, long ones are worth more than several
// short ones, and a word of the model is worth more than a filler. Exact, by dynamic programming over the tokens.
// Thread safety: a pure function.
#pragma once

#include <vector>

#include "plan/lexicon.h"
#include "plan/span.h"

namespace analyst::planning {

// Covers every token, in order; a token that nothing explains is a span of its own with Meaning::unknown.
std::vector<Span> read(const Tokens& tokens, const Lexicon& lexicon, Date today);

}  // namespace analyst::planning
