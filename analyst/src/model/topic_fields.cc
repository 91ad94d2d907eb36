#include "model/topic_fields.h"

#include <algorithm>

namespace analyst {
namespace {

void collect(const std::vector<JoinNode>& nodes, std::vector<std::string>& views) {
  for (const JoinNode& node : nodes) {
    views.push_back(node.view);
    collect(node.joins, views);
  }
}

bool matches(std::string_view pattern, std::string_view view, const Field& field) {
  if (pattern.starts_with("tag:")) {
    return std::find(field.tags.begin(), field.tags.end(), pattern.substr(4)) != field.tags.end();
  }
  if (pattern == "*" || pattern == "all_views.*") return true;
  const auto dot = pattern.find('.');
  if (dot == std::string_view::npos || pattern.substr(0, dot) != view) return false;
  const std::string_view name = pattern.substr(dot + 1);
  return name == "*" || name == field.name;
}

}  // namespace

std::vector<std::string> views_of_topic(const Topic& topic) {
  std::vector<std::string> views = {topic.base_view};
  collect(topic.joins, views);
  return views;
}

bool topic_contains_view(const Topic& topic, std::string_view view) {
  const auto views = views_of_topic(topic);
  return std::find(views.begin(), views.end(), view) != views.end();
}

bool matches_patterns(const std::vector<std::string>& patterns, std::string_view view, const Field& field) {
  bool contained = patterns.empty() || patterns.front().starts_with("-");
  for (std::string_view pattern : patterns) {
    const bool taken_away = pattern.starts_with("-");
    if (taken_away) pattern.remove_prefix(1);
    if (matches(pattern, view, field)) contained = !taken_away;
  }
  return contained;
}

bool topic_contains_field(const Topic& topic, std::string_view view, const Field& field) {
  return topic_contains_view(topic, view) && matches_patterns(topic.fields, view, field);
}

}  // namespace analyst
