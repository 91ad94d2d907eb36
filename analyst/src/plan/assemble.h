// plan/assemble.h - an intent and a place to ask it become a semantic query.
//
// Invariant: nothing of the intent is dropped. Whatever cannot be put into the query is a trouble, and a draft with
// troubles is never run.
// Thread safety: a pure function.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/intent.h"
#include "plan/lexicon.h"
#include "plan/reading.h"
#include "plan/scope.h"

namespace analyst::planning {

struct Draft {
  std::vector<PlannedQuery> queries = {};
  std::vector<std::string> notes = {};
  std::vector<Trouble> troubles = {};
  // Words that name something which is not within the scope's reach.
  std::vector<std::string> out_of_reach = {};
  // How far the draft had to go for its fields: the cheapest scope is used.
  int cost = 0;

  bool is_good() const { return troubles.empty() && out_of_reach.empty() && !queries.empty(); }
};

struct Asked {
  const Model& model;
  const Lexicon& lexicon;
  const Intent& intent;
  // The query that a follow-up changes; null when there is none.
  const SemanticQuery* previous = nullptr;
  Date today = {};
};

Draft assemble(const Asked& asked, const Scope& scope);

// Whether the question is about the one before: it says so, or it measures nothing of its own.
bool is_follow_up(const Asked& asked);

}  // namespace analyst::planning
