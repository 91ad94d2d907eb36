// plan/intent.h - what a question asks for, in the roles its words play, before fields are chosen and a query is built.
//
// Spans say what a stretch can mean; an intent says what it does: group, measure, filter, rank. It still holds every
// candidate, since which one is right depends on where the question is asked (plan/scope.h).
// Thread safety: a pure function. An intent refers to nothing outside itself.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/span.h"

namespace analyst::planning {

// Something that carries meaning and could not be used, with the words as typed.
struct Trouble {
  std::string words = {};
  // Empty: the words are unknown. Otherwise a sentence.
  std::string why = {};
};

struct FieldUse {
  enum class Role {
    neutral,    // "revenue", or "customers" as a list or as their number
    group,      // "by region", "top 5 products"
    measure,    // "the most orders", "more than 5 orders"
    sort,       // "sorted by price"
    count,      // "how many orders"
    aggregate,  // "average price"
    removed,    // "instead of revenue"
    filter,     // "status cancelled": the value after it says the rest
  };
  Role role = Role::neutral;
  std::vector<Candidate> candidates = {};
  std::string words = {};
  Aggregate aggregate = Aggregate::sum;
  // "by" stands right before it: a measure there is what to sort by.
  bool after_by = false;
  // "and" ties it to another field.
  bool is_joined = false;
};

struct ValueUse {
  std::vector<Candidate> candidates = {};
  std::string words = {};
  bool negative = false;
};

struct NumberUse {
  Filter condition = {};
  std::string words = {};
  // Index into `fields`.
  std::optional<std::size_t> field = {};
  bool has_currency = false;
};

struct TextUse {
  Filter::Kind kind = Filter::Kind::contains;
  std::string text = {};
  std::optional<std::size_t> field = {};
  bool negative = false;
};

struct PeriodUse {
  Period period = {};
  std::optional<Unit> unit = {};
};

struct Intent {
  std::vector<FieldUse> fields = {};
  std::vector<ValueUse> values = {};
  std::vector<NumberUse> numbers = {};
  std::vector<TextUse> texts = {};
  std::vector<Timeframe> grains = {};
  std::vector<PeriodUse> periods = {};
  std::optional<Comparison> comparison = {};
  std::optional<Unit> comparison_unit = {};
  bool all_time = false;
  bool trend = false;
  bool growth = false;
  bool ranked = false;
  // 0: not said.
  int rank_count = 0;
  bool rank_descending = true;
  // "which product", "the best month": one is asked for.
  bool rank_one = false;
  bool best_selling = false;
  std::optional<bool> direction = {};
  bool listing = false;
  bool grouped = false;
  // How it hangs on to the question before.
  bool marked_follow_up = false;
  // It starts with "and", or says "also": measures are added.
  bool adds = false;
  // It says "also": groups and values are added too.
  bool says_also = false;
  std::vector<Trouble> troubles = {};
};

Intent interpret(const std::string& prompt, const Tokens& tokens, const std::vector<Span>& spans);

}  // namespace analyst::planning
