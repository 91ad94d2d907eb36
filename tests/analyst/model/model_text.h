// A model as text, complete enough that equal texts mean equal models.
#pragma once

#include <map>
#include <sstream>
#include <string>
#include <variant>

#include "analyst/model.h"
#include "model/names.h"

namespace model_tests {

inline void add(std::ostream& out, const analyst::Value& value) {
  std::visit(
      [&](const auto& one) {
        using Type = std::decay_t<decltype(one)>;
        if constexpr (std::is_same_v<Type, std::monostate>) {
          out << "null;";
        } else {
          out << value.index() << "=" << one << ";";
        }
      },
      value);
}

template <typename List>
void add_list(std::ostream& out, const char* name, const List& list) {
  out << " " << name << "[";
  for (const auto& one : list) out << one << "|";
  out << "]";
}

inline void add(std::ostream& out, const std::vector<analyst::ModelFilter>& filters) {
  for (const auto& filter : filters) {
    out << " {" << filter.field << " " << to_string(filter.op) << " ";
    for (const auto& value : filter.values) add(out, value);
    out << "}";
  }
}

inline void add(std::ostream& out, const analyst::Field& field) {
  out << field.name << " label=" << field.label << " description=" << field.description << " sql=" << field.sql
      << " format=" << field.format << " hidden=" << field.hidden;
  add_list(out, "synonyms", field.synonyms);
  add_list(out, "tags", field.tags);
  add_list(out, "grants", field.required_access_grants);
}

inline void add(std::ostream& out, const std::vector<analyst::JoinNode>& joins) {
  out << "(";
  for (const auto& node : joins) {
    out << node.view;
    add(out, node.joins);
  }
  out << ")";
}

inline void add(std::ostream& out, const std::vector<analyst::AccessFilter>& filters) {
  for (const auto& filter : filters) {
    out << " {" << filter.field << " by " << filter.user_attribute;
    add_list(out, "unfiltered", filter.values_for_unfiltered);
    out << "}";
  }
}

inline std::string text_of(const analyst::Model& model) {
  std::ostringstream out;
  for (const auto& grant : model.access_grants) {
    out << "grant " << grant.name << " " << grant.user_attribute;
    add_list(out, "allowed", grant.allowed_values);
    out << "\n";
  }
  out << "defaults";
  add(out, model.default_topic_access_filters);
  out << "\n";
  // The order of views is that of their files.
  std::map<std::string, const analyst::View*> views;
  for (const auto& view : model.views) views.emplace(view.name, &view);
  for (const auto& [name, view] : views) {
    out << "view " << name << " label=" << view->label << " description=" << view->description << " schema=" << view->schema
        << " table=" << view->table << " sql=" << view->derived_sql << " alias_of=" << view->alias_of
        << " hidden=" << view->hidden;
    add_list(out, "synonyms", view->synonyms);
    add_list(out, "grants", view->required_access_grants);
    add(out, view->access_filters);
    out << "\n";
    for (const auto& dimension : view->dimensions) {
      out << "  dimension ";
      add(out, static_cast<const analyst::Field&>(dimension));
      out << " type=" << to_string(dimension.type) << " key=" << dimension.primary_key << " column=" << dimension.column;
      for (const auto timeframe : dimension.timeframes) out << " " << to_string(timeframe);
      add_list(out, "samples", dimension.sample_values);
      out << "\n";
    }
    for (const auto& measure : view->measures) {
      out << "  measure ";
      add(out, static_cast<const analyst::Field&>(measure));
      out << " aggregate=" << (measure.aggregate ? to_string(*measure.aggregate) : "") << measure.percentile;
      add(out, measure.filters);
      out << "\n";
    }
  }
  for (const auto& relationship : model.relationships) {
    out << "join " << relationship.from_view << " " << relationship.to_view << " on " << relationship.on_sql << " where "
        << relationship.where_sql << " " << to_string(relationship.join_type) << " " << to_string(relationship.cardinality)
        << relationship.reversible << "\n";
  }
  std::map<std::string, const analyst::Topic*> topics;
  for (const auto& topic : model.topics) topics.emplace(topic.name, &topic);
  for (const auto& [name, topic] : topics) {
    out << "topic " << name << " label=" << topic->label << " description=" << topic->description
        << " context=" << topic->ai_context << " base=" << topic->base_view << " hidden=" << topic->hidden
        << " limit=" << topic->default_row_limit << " where=" << topic->always_where_sql;
    add(out, topic->joins);
    add_list(out, "fields", topic->fields);
    add_list(out, "ai_fields", topic->ai_fields);
    add_list(out, "grants", topic->required_access_grants);
    out << "\n  default";
    add(out, topic->default_filters);
    out << "\n  where";
    add(out, topic->always_where_filters);
    out << "\n  having";
    add(out, topic->always_having_filters);
    out << "\n  access";
    add(out, topic->access_filters);
    for (const auto& sample : topic->sample_queries) {
      out << "\n  sample " << sample.name << " " << sample.prompt << " " << sample.description << " " << sample.query;
    }
    out << "\n";
  }
  return out.str();
}

}  // namespace model_tests
