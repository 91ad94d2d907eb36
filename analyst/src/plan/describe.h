// plan/describe.h - conditions in plain words, for people, and the comparison of queries.
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "analyst/model.h"
#include "analyst/query.h"
#include "plan/period.h"

namespace analyst::planning {

// "Category is Shoes", "Order date: October 2026", "Orders is more than 5". Values as they are, unescaped.
std::string in_words(const Model& model, const FieldName& name, const Filter& filter, Date today);
std::string in_words(const Model& model, const ModelFilter& filter, const std::string& view);

std::string plain(const Value& value);

bool same(const Filter& left, const Filter& right);
bool same(const SemanticQuery& left, const SemanticQuery& right);

}  // namespace analyst::planning
