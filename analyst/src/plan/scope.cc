#include "plan/scope.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "model/reference.h"
#include "model/topic_fields.h"
#include "plan/lexicon.h"

namespace analyst::planning {
namespace {

void add_joins(const std::vector<JoinNode>& nodes, int depth, std::map<std::string, int>& views) {
  for (const JoinNode& node : nodes) {
    views.emplace(node.view, depth);
    add_joins(node.joins, depth + 1, views);
  }
}

bool binds(const AccessFilter& filter, const User& user) {
  const auto found = user.attributes.find(filter.user_attribute);
  if (found == user.attributes.end()) return true;
  return std::none_of(found->second.begin(), found->second.end(), [&](const std::string& value) {
    return std::find(filter.values_for_unfiltered.begin(), filter.values_for_unfiltered.end(), value) !=
           filter.values_for_unfiltered.end();
  });
}

bool is_free(const Model& model, const Topic& topic, const User& user) {
  if (!topic.always_where_sql.empty() || !topic.always_where_filters.empty() || !topic.always_having_filters.empty() ||
      !topic.default_filters.empty()) {
    return false;
  }
  const auto bound = [&](const AccessFilter& filter) { return binds(filter, user); };
  return std::none_of(topic.access_filters.begin(), topic.access_filters.end(), bound) &&
         std::none_of(model.default_topic_access_filters.begin(), model.default_topic_access_filters.end(), bound);
}

void collect_views(const Model& model, const FieldName& name, std::set<std::string>& seen,
                   std::vector<std::string>& views) {
  if (!seen.insert(name.view + "." + name.field).second) return;
  if (std::find(views.begin(), views.end(), name.view) == views.end()) views.push_back(name.view);
  const Field* field = field_of(model, name);
  if (!field) return;
  for (const Reference& reference : references(field->sql)) {
    collect_views(model, {reference.view.empty() ? name.view : reference.view, reference.field, {}}, seen, views);
  }
  if (const Measure* measure = measure_of(model, name)) {
    for (const ModelFilter& filter : measure->filters) {
      const auto dot = filter.field.find('.');
      if (dot == std::string::npos) continue;
      collect_views(model, {filter.field.substr(0, dot), filter.field.substr(dot + 1), {}}, seen, views);
    }
  }
}

}  // namespace

std::vector<std::string> views_of(const Model& model, const FieldName& name) {
  std::set<std::string> seen;
  std::vector<std::string> views;
  collect_views(model, name, seen, views);
  return views;
}

bool Scope::has(const Model& model, const FieldName& name) const {
  const Field* field = field_of(model, name);
  if (!field) return false;
  if (topic &&
      (!matches_patterns(topic->fields, name.view, *field) || !matches_patterns(topic->ai_fields, name.view, *field)))
    return false;
  const auto needed = views_of(model, name);
  return std::all_of(needed.begin(), needed.end(), [&](const std::string& view) { return views.contains(view); });
}

std::vector<Scope> scopes(const Model& model, const User& user, const std::string& topic_name) {
  std::vector<Scope> topics;
  std::set<std::string> held;
  std::set<std::string> bound;
  for (const Topic& topic : model.topics) {
    if (topic.hidden && topic.name != topic_name) continue;
    Scope scope;
    scope.topic = &topic;
    scope.table = topic.base_view;
    scope.views.emplace(topic.base_view, 0);
    add_joins(topic.joins, 1, scope.views);
    const bool open = is_free(model, topic, user);
    for (const auto& [view, depth] : scope.views) {
      held.insert(view);
      if (!open) bound.insert(view);
    }
    if (topic_name.empty() || topic.name == topic_name) topics.push_back(std::move(scope));
  }
  std::vector<Scope> out;
  if (topic_name.empty()) {
    for (const View& view : model.views) {
      if (view.hidden || !held.contains(view.name) || bound.contains(view.name)) continue;
      Scope scope;
      scope.table = view.name;
      scope.views.emplace(view.name, 0);
      out.push_back(std::move(scope));
    }
  }
  out.insert(out.end(), topics.begin(), topics.end());
  return out;
}

std::optional<FieldName> time_field(const Model& model, const Scope& scope, const FieldName& field) {
  const auto first_of = [&](const std::string& view_name) -> std::optional<FieldName> {
    const View* view = model.view(view_name);
    if (!view) return {};
    for (const Dimension& dimension : view->dimensions) {
      const FieldName name{view_name, dimension.name, {}};
      if (!dimension.hidden && is_time(dimension) && scope.has(model, name)) return name;
    }
    return {};
  };
  for (const std::string& view : views_of(model, field)) {
    if (scope.views.contains(view)) {
      if (auto own = first_of(view)) return own;
    }
  }
  std::vector<std::pair<int, std::string>> by_distance;
  for (const auto& [view, depth] : scope.views) by_distance.emplace_back(depth, view);
  std::sort(by_distance.begin(), by_distance.end());
  for (const auto& [depth, view] : by_distance) {
    if (auto found = first_of(view)) return found;
  }
  return {};
}

}  // namespace analyst::planning
