// What a user may see: the one place that decides it.
//
// A view, topic or field whose grants the user lacks is not in the user's model at all, and neither is a field that is
// computed from one. Three rules keep the rest honest:
//   1. What always holds still holds: joins, conditions and access filters that name a field which this user may not see
//      find it among the view's internal fields.
//   2. A topic whose conditions cannot be applied any more, because their view is gone, is gone.
//   3. A view that topics contain is gone with the last of them, so that a hidden topic cannot be asked view by view.
#include <algorithm>
#include <map>
#include <set>

#include "analyst/model.h"
#include "model/grants.h"
#include "model/reference.h"
#include "model/topic_fields.h"

namespace analyst {
namespace {

class Grants {
 public:
  Grants(const Model& model, const User& user) {
    for (const AccessGrant& grant : model.access_grants) {
      const auto attribute = user.attributes.find(grant.user_attribute);
      if (attribute == user.attributes.end()) continue;
      const bool held = std::any_of(attribute->second.begin(), attribute->second.end(), [&](const std::string& value) {
        return std::find(grant.allowed_values.begin(), grant.allowed_values.end(), value) != grant.allowed_values.end();
      });
      if (held) held_.insert(grant.name);
    }
  }

  bool allow(const std::vector<std::string>& required) const {
    return std::all_of(required.begin(), required.end(), [&](const std::string& expression) {
      const auto alternatives = parse_grant_expression(expression);
      return std::any_of(alternatives.begin(), alternatives.end(), [&](const std::vector<std::string>& names) {
        return std::all_of(names.begin(), names.end(), [&](const std::string& name) { return held_.contains(name); });
      });
    });
  }

 private:
  std::set<std::string> held_ = {};
};

std::string view_part(const std::string& field) { return field.substr(0, field.find('.')); }

std::string qualified(const std::string& field, const std::string& view) {
  return field.find('.') == std::string::npos ? view + "." + field : field;
}

class Visible {
 public:
  Visible(const Model& model, const User& user) : model_(model), grants_(model, user) {}

  // Null: everything is.
  std::shared_ptr<const Model> make() {
    find_hidden_views();
    Model visible = model_;
    prune_topics(visible);
    find_orphan_views(visible);
    find_hidden_fields();
    if (hidden_views_.empty() && hidden_fields_.empty() && visible.topics.size() == model_.topics.size()) return nullptr;

    std::erase_if(visible.views, [&](const View& view) { return hidden_views_.contains(view.name); });
    std::erase_if(visible.relationships, [&](const Relationship& relationship) {
      return hidden_views_.contains(relationship.from_view) || hidden_views_.contains(relationship.to_view);
    });
    for (View& view : visible.views) split_fields(view);
    for (Topic& topic : visible.topics) forget_hidden(topic);
    return std::make_shared<const Model>(std::move(visible));
  }

 private:
  void find_hidden_views() {
    for (const View& view : model_.views) {
      if (!grants_.allow(view.required_access_grants)) hidden_views_.insert(view.name);
    }
  }

  void prune(std::vector<JoinNode>& nodes) const {
    std::erase_if(nodes, [&](const JoinNode& node) { return hidden_views_.contains(node.view); });
    for (JoinNode& node : nodes) prune(node.joins);
  }

  // Every view that the topic's unconditional conditions need.
  std::set<std::string> needed_views(const Topic& topic) const {
    std::set<std::string> views = {topic.base_view};
    for (const AccessFilter& filter : access_filters_of(model_, topic)) views.insert(view_part(filter.field));
    for (const auto* filters : {&topic.always_where_filters, &topic.always_having_filters}) {
      for (const ModelFilter& filter : *filters) views.insert(view_part(qualified(filter.field, topic.base_view)));
    }
    for (const Reference& reference : references(topic.always_where_sql)) {
      views.insert(reference.view.empty() ? topic.base_view : reference.view);
    }
    return views;
  }

  void prune_topics(Model& visible) {
    std::erase_if(visible.topics, [&](Topic& topic) {
      if (!grants_.allow(topic.required_access_grants)) return true;
      const auto needed = needed_views(topic);
      if (hidden_views_.contains(topic.base_view)) return true;
      prune(topic.joins);
      return std::any_of(needed.begin(), needed.end(),
                         [&](const std::string& view) { return !topic_contains_view(topic, view); });
    });
  }

  void find_orphan_views(const Model& visible) {
    const auto contained = [](const Model& model, const std::string& view) {
      return std::any_of(model.topics.begin(), model.topics.end(),
                         [&](const Topic& topic) { return topic_contains_view(topic, view); });
    };
    for (const View& view : model_.views) {
      if (contained(model_, view.name) && !contained(visible, view.name)) hidden_views_.insert(view.name);
    }
  }

  bool uses_hidden(const View& view, const Field& field, const std::vector<ModelFilter>& filters) const {
    const auto hidden = [&](const std::string& name) {
      return hidden_fields_.contains(name) || hidden_views_.contains(view_part(name));
    };
    for (const Reference& reference : references(field.sql)) {
      if (hidden((reference.view.empty() ? view.name : reference.view) + "." + reference.field)) return true;
    }
    return std::any_of(filters.begin(), filters.end(),
                       [&](const ModelFilter& filter) { return hidden(qualified(filter.field, view.name)); });
  }

  void find_hidden_fields() {
    for (bool changed = true, first = true; changed; first = false) {
      changed = false;
      const auto check = [&](const View& view, const Field& field, const std::vector<ModelFilter>& filters) {
        const bool refused = first && !grants_.allow(field.required_access_grants);
        if (!refused && !uses_hidden(view, field, filters)) return;
        changed = hidden_fields_.insert(view.name + "." + field.name).second || changed;
      };
      for (const View& view : model_.views) {
        if (hidden_views_.contains(view.name)) continue;
        for (const Dimension& dimension : view.dimensions) check(view, dimension, {});
        for (const Measure& measure : view.measures) check(view, measure, measure.filters);
      }
    }
  }

  template <typename FieldType>
  void split(const View& view, std::vector<FieldType>& fields, std::vector<FieldType>& internal) const {
    const auto is_hidden = [&](const Field& field) { return hidden_fields_.contains(view.name + "." + field.name); };
    for (FieldType& field : fields) {
      if (!is_hidden(field)) continue;
      // Not even their words may come up.
      FieldType kept = field;
      kept.label = kept.name;
      kept.description.clear();
      kept.synonyms.clear();
      kept.tags.clear();
      kept.hidden = true;
      if constexpr (std::is_same_v<FieldType, Dimension>) kept.sample_values.clear();
      internal.push_back(std::move(kept));
    }
    std::erase_if(fields, is_hidden);
  }

  void split_fields(View& view) const {
    split(view, view.dimensions, view.internal_dimensions);
    split(view, view.measures, view.internal_measures);
  }

  void forget_hidden(Topic& topic) const {
    const auto is_hidden = [&](std::string_view name) {
      if (name.starts_with("-")) name.remove_prefix(1);
      return hidden_fields_.contains(std::string(name)) || hidden_views_.contains(view_part(std::string(name)));
    };
    // A list that was not empty and becomes so must not come to mean "everything".
    for (std::vector<std::string>* patterns : {&topic.fields, &topic.ai_fields}) {
      const bool began_with_all = !patterns->empty() && patterns->front().starts_with("-");
      const bool had_any = !patterns->empty();
      std::erase_if(*patterns, is_hidden);
      if (had_any && began_with_all && (patterns->empty() || !patterns->front().starts_with("-"))) {
        patterns->insert(patterns->begin(), "all_views.*");
      } else if (had_any && patterns->empty()) {
        patterns->push_back("-all_views.*");
      }
    }
    std::erase_if(topic.default_filters, [&](const ModelFilter& filter) {
      return hidden_views_.contains(view_part(qualified(filter.field, topic.base_view)));
    });
    std::erase_if(topic.sample_queries, [&](const SampleQuery& sample) {
      return std::any_of(hidden_fields_.begin(), hidden_fields_.end(),
                         [&](const std::string& name) { return sample.query.find(name) != std::string::npos; }) ||
             std::any_of(hidden_views_.begin(), hidden_views_.end(), [&](const std::string& name) {
               return sample.query.find(name + ".") != std::string::npos;
             });
    });
  }

  const Model& model_;
  const Grants grants_;
  std::set<std::string> hidden_views_ = {};
  std::set<std::string> hidden_fields_ = {};
};

}  // namespace

std::shared_ptr<const Model> visible_model(std::shared_ptr<const Model> model, const User& user) {
  auto visible = Visible(*model, user).make();
  return visible == nullptr ? std::move(model) : visible;
}

std::vector<AccessFilter> access_filters_of(const Model& model, const Topic& topic) {
  std::vector<AccessFilter> filters = topic.access_filters;
  for (const AccessFilter& filter : model.default_topic_access_filters) {
    if (topic_contains_view(topic, view_part(filter.field))) filters.push_back(filter);
  }
  return filters;
}

}  // namespace analyst
