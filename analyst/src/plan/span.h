// plan/span.h - what a stretch of a question's words means, before anything is decided about the query.
//
// Recognisers, one a file, propose spans at a token; read.cc picks the set of spans that explains the most words. A
// token that no chosen span covers was not understood, and the question is then answered with a clarification: there is
// no other way for a word to get lost than to be listed, on purpose, as a filler.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "analyst/query.h"
#include "plan/period.h"
#include "plan/token.h"

namespace analyst::planning {

enum class Meaning {
  unknown,
  filler,
  field,        // candidates
  value,        // candidates with values
  period,       // period
  grain,        // grain
  all_time,     // "of all time": no date condition
  compare,      // comparison
  number,       // condition
  rank,         // descending, count
  superlative,  // descending: "the most"
  best_selling,
  sort_by,
  direction,  // descending: "highest first"
  aggregate,  // aggregate
  count,      // "how many"
  growth,
  trend,
  group,  // "by", "per", "which"
  negation,
  text_match,  // kind: "containing"
  join,        // "and", "or", a comma
  add,         // "also"
  instead,     // "instead"
  instead_of,  // "instead of"
  follow_up,   // "what about"
  only,
  equals,  // "="
  list,    // "list of"
};

// A field, or a value of a field, that a stretch may name.
struct Candidate {
  FieldName name = {};
  bool is_measure = false;
  // Of a value, as the database spells it.
  std::string value = {};
  // The words as typed are the model's, letter for letter.
  bool exact = false;
  // Named after its view ("customers" for their number or their names), or a verb's stem ("ordered" for orders): gives
  // way to a field's own name.
  bool indirect = false;
};

struct Comparison {
  enum class Kind { period_before, unit_before, year_before, period, members };
  Kind kind = Kind::members;
  Unit unit = Unit::month;
  Period period = {};
};

struct Span {
  Meaning meaning = Meaning::unknown;
  // Tokens, half-open.
  std::size_t begin = 0;
  std::size_t end = 0;
  std::vector<Candidate> candidates = {};
  Period period = {};
  // The unit a period was named by: "last month", "2024".
  std::optional<Unit> unit = {};
  Timeframe grain = Timeframe::month;
  Comparison comparison = {};
  Filter condition = {};
  bool has_percent = false;
  bool has_currency = false;
  int count = 0;
  bool descending = true;
  Aggregate aggregate = Aggregate::sum;
  Filter::Kind text_kind = Filter::Kind::contains;
};

}  // namespace analyst::planning
