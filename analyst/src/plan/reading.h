// plan/reading.h - what the planner made of a question: queries to run, or what it did not understand.
#pragma once

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
