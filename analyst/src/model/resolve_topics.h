// model/resolve_topics.h - topics against the views and relationships of the whole model.
#pragma once

#include "model/draft.h"

namespace analyst {

// The relationship by which a topic may join `to` onto `from`, in its own direction or, if it allows that, in the other.
const Relationship* walkable(const Model& model, std::string_view from, std::string_view to);

void resolve_topics(Draft& draft);

// In resolve.cc: the values of a filter, which are text so far, as the field's type has them.
void type_filter_values(ModelFilter& filter, ValueType type, const Place& where, Draft& draft);


}  // namespace analyst
