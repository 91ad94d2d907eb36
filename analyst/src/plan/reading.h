// plan/reading.h - what the planner made of a question: queries to run, or what it did not understand.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyst/query.h"

namespace analyst::planning {

struct PlannedQuery {
  enum class Role {
    main,
    // The main query's measures over all its groups at once, for each piece of time if it has some: what shares are
    // shares of.
    total,
    // The main query over the period it is compared with.
    earlier,
  };
  Role role = Role::main;
  std::string name = {};
  SemanticQuery query = {};
};

// The total of a main query; nothing when there are no groups to add up, or when a condition on a measure makes the
// whole something else than its groups.
std::optional<PlannedQuery> total_of(const Model& model, const SemanticQuery& query);

struct Reading {
  // The main query first.
  std::vector<PlannedQuery> queries = {};
  std::string topic = {};
  // Markdown; empty when there are queries.
  std::string clarification = {};
  // Choices the reader should know of, as sentences.
  std::vector<std::string> notes = {};
};

}  // namespace analyst::planning
