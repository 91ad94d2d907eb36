// plan/scope.h - where a question can be asked: in a topic, or of one view alone.
//
// Rule for permissions: a view is asked alone only when every topic that holds it is free of conditions for this user
// (no access filter that binds, no condition that is always there). Otherwise the topic is used, so that leaving it out
// never shows more.
// Thread safety: pure functions over an immutable model.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "analyst/model.h"
#include "analyst/query.h"
#include "analyst/user.h"

namespace analyst::planning {

struct Scope {
  // Null: one view alone.
  const Topic* topic = nullptr;
  std::string table = {};
  // Views that can be reached, and how many joins away.
  std::map<std::string, int> views = {};

  // Whether the field, and every view its definition needs, is within reach.
  bool has(const Model& model, const FieldName& name) const;
};

// Single views first, then topics, in the model's order. A topic name that is set leaves only that topic.
std::vector<Scope> scopes(const Model& model, const User& user, const std::string& topic_name);

// The views that a field's definition reads, its own among them.
std::vector<std::string> views_of(const Model& model, const FieldName& name);

// The date or timestamp that "last month" means beside `field`: of its own view, else of the view fewest joins away
// from the table. Empty when there is none.
std::optional<FieldName> time_field(const Model& model, const Scope& scope, const FieldName& field);

}  // namespace analyst::planning
