#include "model/resolve_topics.h"

#include <algorithm>
#include <set>

#include "model/from_database.h"
#include "model/grants.h"
#include "model/nearest.h"
#include "model/reference.h"
#include "model/topic_fields.h"

namespace analyst {
namespace {

class TopicChecker {
 public:
  TopicChecker(Topic& topic, Draft& draft) : topic_(topic), draft_(draft), path_("topic " + topic.name) {}

  // False: the topic depends on something that is left out, and goes with it.
  bool check() {
    check_joins();
    if (!loss_.empty()) return false;
    // The rest would only repeat that views are missing.
    if (!complete_) return true;
    check_grants();
    if (topic_.default_row_limit == 0) topic_.default_row_limit = draft_.default_row_limit;
    check_patterns(topic_.fields, "/fields");
    check_patterns(topic_.ai_fields, "/ai_fields");
    check_filters(topic_.default_filters, "/default_filters", Kind::any);
    check_filters(topic_.always_where_filters, "/always_where_filters", Kind::dimension);
    check_filters(topic_.always_having_filters, "/always_having_filters", Kind::measure);
    check_always_where_sql();
    check_access_filters(topic_.access_filters, "/access_filters");
    check_sample_queries();
    return loss_.empty();
  }

  const std::string& loss() const { return loss_; }

 private:
  enum class Kind { any, dimension, measure };

  void error(const std::string& part, const std::string& message) {
    draft_.problems.error(draft_.places.find(path_ + part), message);
  }

  std::vector<std::string> view_names() const {
    std::vector<std::string> names;
    for (const View& view : draft_.model.views) names.push_back(view.name);
    return names;
  }

  // Whether the view is there; if not, why is reported.
  bool has_view(const std::string& name, const std::string& part) {
    if (draft_.model.view(name) != nullptr) return true;
    if (draft_.views_left_out.contains(name)) {
      loss_ = "it needs the view \"" + name + "\", which is left out";
    } else {
      error(part, "there is no view \"" + name + "\"" + did_you_mean(name, view_names()));
    }
    complete_ = false;
    return false;
  }

  void check_joins() {
    if (!has_view(topic_.base_view, "/base_view")) return;
    joined_.insert(topic_.base_view);
    check_children(topic_.base_view, topic_.joins, "/joins");
  }

  void check_children(const std::string& parent, const std::vector<JoinNode>& nodes, const std::string& part) {
    for (const JoinNode& node : nodes) {
      const std::string here = part + "/" + node.view;
      if (!has_view(node.view, here)) continue;
      if (!joined_.insert(node.view).second) {
        error(here, "\"" + node.view + "\" is in the topic already; to join it twice give it an alias in a relationship");
        complete_ = false;
        continue;
      }
      if (walkable(draft_.model, parent, node.view) == nullptr) {
        const bool other_way = std::any_of(
            draft_.model.relationships.begin(), draft_.model.relationships.end(), [&](const Relationship& relationship) {
              return relationship.from_view == node.view && relationship.to_view == parent;
            });
        error(here, other_way ? "the relationship from \"" + node.view + "\" to \"" + parent +
                                    "\" does not allow this direction; give it \"reversible: true\""
                              : "there is no relationship from \"" + parent + "\" to \"" + node.view +
                                    "\"; add one to relationships.yaml");
      }
      check_children(node.view, node.joins, here);
    }
  }

  void check_grants() {
    if (topic_.required_access_grants.empty()) topic_.required_access_grants = draft_.default_topic_grants;
    std::vector<std::string> known;
    for (const AccessGrant& grant : draft_.model.access_grants) known.push_back(grant.name);
    for (const std::string& expression : topic_.required_access_grants) {
      for (const auto& alternative : parse_grant_expression(expression)) {
        for (const std::string& name : alternative) {
          if (std::find(known.begin(), known.end(), name) != known.end()) continue;
          error("/required_access_grants",
                "\"" + name + "\" is no access grant of the model file" + did_you_mean(name, known));
        }
      }
    }
  }

  void check_patterns(const std::vector<std::string>& patterns, const std::string& part) {
    for (std::string_view pattern : patterns) {
      if (pattern.starts_with("-")) pattern.remove_prefix(1);
      if (pattern == "*" || pattern == "all_views.*") continue;
      if (pattern.starts_with("tag:")) {
        if (pattern.size() == 4) error(part, "\"tag:\" needs the name of a tag");
        continue;
      }
      const std::string name(pattern);
      const auto dot = name.find('.');
      if (dot == std::string::npos || dot + 1 == name.size()) {
        error(part, "\"" + name + "\" is no pattern; write view.field, view.* or tag:name, with \"-\" in front to take away");
        continue;
      }
      if (name.substr(dot + 1) == "*") {
        check_joined(name.substr(0, dot), name, part);
      } else {
        check_field(name, part, Kind::any);
      }
    }
  }

  bool check_joined(const std::string& view, const std::string& name, const std::string& part) {
    if (joined_.contains(view)) return true;
    if (draft_.model.view(view) == nullptr && !draft_.views_left_out.contains(view)) {
      error(part, "\"" + name + "\": there is no view \"" + view + "\"" + did_you_mean(view, view_names()));
    } else {
      error(part, "\"" + name + "\": the view \"" + view + "\" is not joined in this topic; add it to \"joins\"");
    }
    return false;
  }

  // The type of a field of the topic; nothing after a problem, or when the field is left out.
  std::optional<ValueType> check_field(const std::string& name, const std::string& part, Kind kind) {
    const auto dot = name.find('.');
    const std::string view_name = name.substr(0, dot);
    const std::string field = name.substr(dot + 1);
    if (!check_joined(view_name, name, part)) return std::nullopt;
    if (draft_.fields_left_out.contains(name)) {
      left_out_ = name;
      return std::nullopt;
    }
    const View& view = *draft_.model.view(view_name);
    if (const Dimension* dimension = view.dimension(field)) {
      if (kind != Kind::measure) return dimension->type;
      error(part, "\"" + name + "\" is a dimension; a condition on it belongs in \"always_where_filters\"");
      return std::nullopt;
    }
    if (view.measure(field) != nullptr) {
      if (kind != Kind::dimension) return ValueType::number;
      error(part, "\"" + name + "\" is a measure; a condition on it belongs in \"always_having_filters\"");
      return std::nullopt;
    }
    std::vector<std::string> names;
    for (const Dimension& dimension : view.dimensions) names.push_back(dimension.name);
    for (const Measure& measure : view.measures) names.push_back(measure.name);
    error(part, "the view \"" + view_name + "\" has no field \"" + field + "\"" + did_you_mean(field, names));
    return std::nullopt;
  }

  void check_filters(std::vector<ModelFilter>& filters, const std::string& part, Kind kind) {
    for (std::size_t i = 0; i < filters.size(); ++i) {
      ModelFilter& filter = filters[i];
      const std::string here = part + "/" + std::to_string(i);
      if (filter.field.find('.') == std::string::npos) filter.field = topic_.base_view + "." + filter.field;
      left_out_.clear();
      if (const auto type = check_field(filter.field, here, kind)) {
        type_filter_values(filter, *type, draft_.places.find(path_ + here), draft_);
      } else if (!left_out_.empty() && kind != Kind::any) {
        // Without a condition that always holds, more would be shown.
        loss_ = "it needs \"" + left_out_ + "\", which is left out";
      }
    }
    if (kind == Kind::any) {
      std::erase_if(filters, [&](const ModelFilter& filter) { return draft_.fields_left_out.contains(filter.field); });
    }
  }

  void check_always_where_sql() {
    for (const Reference& reference : references(topic_.always_where_sql)) {
      if (reference.view.empty()) {
        error("/always_where_sql", "\"" + to_string(reference) + "\": write ${view.field}");
        continue;
      }
      left_out_.clear();
      static_cast<void>(check_field(reference.view + "." + reference.field, "/always_where_sql", Kind::dimension));
      if (!left_out_.empty()) loss_ = "it needs \"" + left_out_ + "\", which is left out";
    }
  }

  void check_access_filters(std::vector<AccessFilter>& filters, const std::string& part) {
    for (std::size_t i = 0; i < filters.size(); ++i) {
      AccessFilter& filter = filters[i];
      const std::string here = part + "/" + std::to_string(i);
      if (filter.field.empty()) continue;
      if (filter.field.find('.') == std::string::npos) filter.field = topic_.base_view + "." + filter.field;
      left_out_.clear();
      static_cast<void>(check_field(filter.field, here, Kind::dimension));
      if (!left_out_.empty()) loss_ = "it needs \"" + left_out_ + "\", which is left out";
    }
  }

  void check_sample_queries() {
    for (std::size_t i = 0; i < topic_.sample_queries.size(); ++i) {
      if (topic_.sample_queries[i].prompt.empty()) {
        error("/sample_queries/" + std::to_string(i), "a sample query needs a \"prompt\"");
      }
    }
  }

  Topic& topic_;
  Draft& draft_;
  const std::string path_;
  std::set<std::string> joined_ = {};
  std::string loss_ = {};
  std::string left_out_ = {};
  bool complete_ = true;
};

void check_default_access_filters(Draft& draft) {
  for (std::size_t i = 0; i < draft.model.default_topic_access_filters.size(); ++i) {
    const AccessFilter& filter = draft.model.default_topic_access_filters[i];
    const Place where = draft.places.find("model/default_topic_access_filters/" + std::to_string(i));
    const auto dot = filter.field.find('.');
    const View* view = dot == std::string::npos ? nullptr : draft.model.view(filter.field.substr(0, dot));
    if (view == nullptr || view->dimension(filter.field.substr(dot + 1)) == nullptr) {
      std::vector<std::string> names;
      for (const View& one : draft.model.views) {
        for (const Dimension& dimension : one.dimensions) names.push_back(one.name + "." + dimension.name);
      }
      draft.problems.error(where, "\"" + filter.field + "\" is no dimension; write view.field" +
                                      did_you_mean(filter.field, names));
    }
  }
}

// What a question must observe that names a view and no topic.
void spread_access_filters(Model& model) {
  const auto add = [](View& view, const AccessFilter& filter) {
    const bool known = std::any_of(view.access_filters.begin(), view.access_filters.end(), [&](const AccessFilter& one) {
      return one.field == filter.field && one.user_attribute == filter.user_attribute &&
             one.values_for_unfiltered == filter.values_for_unfiltered;
    });
    if (!known) view.access_filters.push_back(filter);
  };
  for (View& view : model.views) {
    for (const Topic& topic : model.topics) {
      if (!topic_contains_view(topic, view.name)) continue;
      for (const AccessFilter& filter : access_filters_of(model, topic)) add(view, filter);
    }
    for (const AccessFilter& filter : model.default_topic_access_filters) {
      if (filter.field.starts_with(view.name + ".")) add(view, filter);
    }
  }
}

}  // namespace

const Relationship* walkable(const Model& model, std::string_view from, std::string_view to) {
  const Relationship* back = nullptr;
  for (const Relationship& relationship : model.relationships) {
    if (relationship.from_view == from && relationship.to_view == to) return &relationship;
    if (relationship.reversible && relationship.from_view == to && relationship.to_view == from) back = &relationship;
  }
  return back;
}

void resolve_topics(Draft& draft) {
  if (draft.makes_topics) draft.model.topics = topics_of_views(draft.model);
  for (Topic& topic : draft.model.topics) {
    if (draft.topics_left_out.contains(topic.name)) continue;
    TopicChecker checker(topic, draft);
    if (!checker.check()) draft.topics_left_out.emplace(topic.name, checker.loss());
  }
  for (const auto& [name, reason] : draft.topics_left_out) {
    draft.problems.warning(draft.places.find("topic " + name), "the topic \"" + name + "\" is left out: " + reason);
  }
  check_default_access_filters(draft);
  // The conditions of a topic that is left out still bind the views it contains.
  spread_access_filters(draft.model);
  std::erase_if(draft.model.topics, [&](const Topic& topic) { return draft.topics_left_out.contains(topic.name); });
}

}  // namespace analyst
