// model/topic_fields.h - what a topic contains: the views of its join tree, and the fields its `fields` list lets through.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analyst/model.h"

namespace analyst {

// The base view first, then the joined ones from the top down.
std::vector<std::string> views_of_topic(const Topic& topic);

bool topic_contains_view(const Topic& topic, std::string_view view);

// Whether the patterns let a field of a contained view through. They are read from left to right and the last one that
// matches decides: "view.*", "all_views.*", "view.field", "tag:x", each with "-" in front to take away. A list that starts
// with "-" takes away from everything; an empty list is everything.
bool matches_patterns(const std::vector<std::string>& patterns, std::string_view view, const Field& field);

// Whether the field exists in the topic: its view is contained and `fields` lets it through.
bool topic_contains_field(const Topic& topic, std::string_view view, const Field& field);

}  // namespace analyst
