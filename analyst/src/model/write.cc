// A model as files to edit, which load back to the same model.
//
// What the loader would make of silence is not written: labels that come from names, types that come from columns,
// defaults. So the files say only what somebody may want to change.
#include <yaml-cpp/emitter.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "analyst/model.h"
#include "model/names.h"

namespace analyst {
namespace {

namespace fs = std::filesystem;

// A map whose keys appear only when they say something.
class MapWriter {
 public:
  explicit MapWriter(YAML::Emitter& out) : out_(out) {}

  void text(const char* key, const std::string& value, const std::string& without = "") {
    if (value == without) return;
    out_ << YAML::Key << key << YAML::Value;
    string(value);
  }
  void flag(const char* key, bool value) {
    if (value) out_ << YAML::Key << key << YAML::Value << true;
  }
  void number(const char* key, int value) {
    if (value != 0) out_ << YAML::Key << key << YAML::Value << value;
  }
  void texts(const char* key, const std::vector<std::string>& values) {
    if (values.empty()) return;
    out_ << YAML::Key << key << YAML::Value << YAML::Flow << YAML::BeginSeq;
    for (const std::string& value : values) out_ << YAML::DoubleQuoted << value;
    out_ << YAML::EndSeq;
  }
  void filters(const char* key, const std::vector<ModelFilter>& filters) {
    if (filters.empty()) return;
    out_ << YAML::Key << key << YAML::Value << YAML::BeginMap;
    for (std::size_t i = 0; i < filters.size(); ++i) {
      bool is_first = true;
      for (std::size_t j = 0; j < i; ++j) is_first = is_first && filters[j].field != filters[i].field;
      if (!is_first) continue;
      out_ << YAML::Key << filters[i].field << YAML::Value << YAML::BeginMap;
      for (const ModelFilter& filter : filters) {
        if (filter.field == filters[i].field) condition(filter);
      }
      out_ << YAML::EndMap;
    }
    out_ << YAML::EndMap;
  }
  void access_filters(const char* key, const std::vector<AccessFilter>& filters) {
    if (filters.empty()) return;
    out_ << YAML::Key << key << YAML::Value << YAML::BeginSeq;
    for (const AccessFilter& filter : filters) {
      out_ << YAML::BeginMap;
      text("field", filter.field);
      text("user_attribute", filter.user_attribute);
      texts("values_for_unfiltered", filter.values_for_unfiltered);
      out_ << YAML::EndMap;
    }
    out_ << YAML::EndSeq;
  }

 private:
  // Quoted unless it is a word that YAML cannot take for anything else.
  void string(const std::string& value) {
    if (value.find('\n') != std::string::npos) {
      out_ << YAML::DoubleQuoted << value;
      return;
    }
    bool plain = !value.empty() && value.size() < 100;
    for (const char c : value) plain = plain && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ' ' || c == '.');
    const bool is_word = value != "true" && value != "false" && value != "null" && value != "yes" && value != "no";
    if (plain && is_word && value.front() != ' ' && value.back() != ' ' && value.front() != '.') {
      out_ << value;
    } else {
      out_ << YAML::DoubleQuoted << value;
    }
  }

  void scalar(const Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) {
      out_ << YAML::DoubleQuoted << *text;
    } else if (const auto* flag = std::get_if<bool>(&value)) {
      out_ << *flag;
    } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
      out_ << *integer;
    } else if (const auto* real = std::get_if<double>(&value)) {
      // The shortest text that reads back as the same number.
      out_ << nlohmann::json(*real).dump();
    } else {
      out_ << YAML::Null;
    }
  }

  void condition(const ModelFilter& filter) {
    out_ << YAML::Key << std::string(to_string(filter.op)) << YAML::Value;
    if (filter.op == ModelFilter::Operator::not_null) {
      out_ << YAML::Null;
    } else if (filter.values.size() == 1) {
      scalar(filter.values.front());
    } else {
      out_ << YAML::Flow << YAML::BeginSeq;
      for (const Value& value : filter.values) scalar(value);
      out_ << YAML::EndSeq;
    }
  }

  YAML::Emitter& out_;
};

void write_file(const fs::path& path, const YAML::Emitter& out) {
  fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file << out.c_str() << "\n";
  file.close();
  if (!out.good() || !file) throw std::runtime_error("cannot write " + path.string());
}

void write_common(const Field& field, MapWriter& map) {
  map.text("label", field.label, label_from_name(field.name));
  map.text("description", field.description);
  map.texts("synonyms", field.synonyms);
  map.texts("tags", field.tags);
  map.texts("required_access_grants", field.required_access_grants);
  map.text("format", field.format);
  map.flag("hidden", field.hidden);
}

void write_view(const View& view, const fs::path& folder) {
  YAML::Emitter out;
  out << YAML::BeginMap;
  MapWriter map(out);
  map.text("schema", view.schema);
  map.text("table", view.table);
  map.text("sql", view.derived_sql);
  map.text("label", view.label, label_from_name(view.name));
  map.text("description", view.description);
  map.texts("synonyms", view.synonyms);
  map.texts("required_access_grants", view.required_access_grants);
  map.flag("hidden", view.hidden);
  if (!view.dimensions.empty()) {
    out << YAML::Key << "dimensions" << YAML::Value << YAML::BeginMap;
    for (const Dimension& dimension : view.dimensions) {
      out << YAML::Key << dimension.name << YAML::Value << YAML::BeginMap;
      map.text("sql", dimension.column.empty() ? dimension.sql : quoted_identifier(dimension.column));
      // Only a column brings its type along.
      if (!dimension.sql.empty() || !view.derived_sql.empty()) {
        map.text("type", std::string(to_string(dimension.type)));
      }
      write_common(dimension, map);
      map.flag("primary_key", dimension.primary_key);
      std::vector<std::string> timeframes;
      for (const Timeframe timeframe : dimension.timeframes) timeframes.emplace_back(to_string(timeframe));
      map.texts("timeframes", timeframes);
      map.texts("sample_values", dimension.sample_values);
      out << YAML::EndMap;
    }
    out << YAML::EndMap;
  }
  // Present even when empty: a view without the key is given a count.
  out << YAML::Key << "measures" << YAML::Value << YAML::BeginMap;
  for (const Measure& measure : view.measures) {
    out << YAML::Key << measure.name << YAML::Value << YAML::BeginMap;
    map.text("sql", measure.sql);
    if (measure.aggregate) map.text("aggregate_type", std::string(to_string(*measure.aggregate)));
    map.number("percentile", measure.percentile);
    map.filters("filters", measure.filters);
    write_common(measure, map);
    out << YAML::EndMap;
  }
  out << YAML::EndMap << YAML::EndMap;
  write_file(folder / "views" / (view.name + ".view.yaml"), out);
}

void write_relationships(const Model& model, const fs::path& folder) {
  YAML::Emitter out;
  out << YAML::BeginSeq;
  const auto end = [&](MapWriter& map, const std::string& side, const std::string& name) {
    const View* view = model.view(name);
    const bool is_alias = view != nullptr && !view->alias_of.empty();
    map.text(("join_" + side + "_view").c_str(), is_alias ? view->alias_of : name);
    if (!is_alias) return;
    map.text(("join_" + side + "_view_as").c_str(), name);
    map.text(("join_" + side + "_view_as_label").c_str(), view->label, label_from_name(name));
  };
  for (const Relationship& relationship : model.relationships) {
    out << YAML::BeginMap;
    MapWriter map(out);
    end(map, "from", relationship.from_view);
    end(map, "to", relationship.to_view);
    map.text("on_sql", relationship.on_sql);
    map.text("where_sql", relationship.where_sql);
    map.text("join_type", std::string(to_string(relationship.join_type)), "always_left");
    map.text("relationship_type", std::string(to_string(relationship.cardinality)));
    map.flag("reversible", relationship.reversible);
    out << YAML::EndMap;
  }
  out << YAML::EndSeq;
  write_file(folder / "relationships.yaml", out);
}

void write_joins(const std::vector<JoinNode>& joins, YAML::Emitter& out) {
  out << YAML::BeginMap;
  for (const JoinNode& node : joins) {
    out << YAML::Key << node.view << YAML::Value;
    write_joins(node.joins, out);
  }
  out << YAML::EndMap;
}

void write_json(const nlohmann::json& json, YAML::Emitter& out) {
  if (json.is_object()) {
    out << YAML::BeginMap;
    for (const auto& [key, value] : json.items()) {
      out << YAML::Key << YAML::DoubleQuoted << key << YAML::Value;
      write_json(value, out);
    }
    out << YAML::EndMap;
  } else if (json.is_array()) {
    out << YAML::BeginSeq;
    for (const auto& value : json) write_json(value, out);
    out << YAML::EndSeq;
  } else if (json.is_string()) {
    out << YAML::DoubleQuoted << json.get<std::string>();
  } else {
    out << json.dump();
  }
}

void write_topic(const Topic& topic, const fs::path& folder) {
  YAML::Emitter out;
  out << YAML::BeginMap;
  MapWriter map(out);
  map.text("base_view", topic.base_view);
  map.text("label", topic.label, label_from_name(topic.name));
  map.text("description", topic.description);
  map.text("ai_context", topic.ai_context);
  map.flag("hidden", topic.hidden);
  if (!topic.joins.empty()) {
    out << YAML::Key << "joins" << YAML::Value;
    write_joins(topic.joins, out);
  }
  map.texts("fields", topic.fields);
  map.texts("ai_fields", topic.ai_fields);
  map.filters("default_filters", topic.default_filters);
  map.text("always_where_sql", topic.always_where_sql);
  map.filters("always_where_filters", topic.always_where_filters);
  map.filters("always_having_filters", topic.always_having_filters);
  map.access_filters("access_filters", topic.access_filters);
  map.texts("required_access_grants", topic.required_access_grants);
  map.number("default_row_limit", topic.default_row_limit);
  if (!topic.sample_queries.empty()) {
    out << YAML::Key << "sample_queries" << YAML::Value << YAML::BeginSeq;
    for (const SampleQuery& sample : topic.sample_queries) {
      out << YAML::BeginMap;
      map.text("name", sample.name);
      map.text("prompt", sample.prompt);
      map.text("description", sample.description);
      if (!sample.query.empty()) {
        out << YAML::Key << "query" << YAML::Value;
        write_json(nlohmann::json::parse(sample.query), out);
      }
      out << YAML::EndMap;
    }
    out << YAML::EndSeq;
  }
  out << YAML::EndMap;
  write_file(folder / "topics" / (topic.name + ".topic.yaml"), out);
}

void write_model_file(const Model& model, const fs::path& folder) {
  if (model.access_grants.empty() && model.default_topic_access_filters.empty()) return;
  YAML::Emitter out;
  out << YAML::BeginMap;
  MapWriter map(out);
  if (!model.access_grants.empty()) {
    out << YAML::Key << "access_grants" << YAML::Value << YAML::BeginMap;
    for (const AccessGrant& grant : model.access_grants) {
      out << YAML::Key << YAML::DoubleQuoted << grant.name << YAML::Value << YAML::BeginMap;
      map.text("user_attribute", grant.user_attribute);
      map.texts("allowed_values", grant.allowed_values);
      out << YAML::EndMap;
    }
    out << YAML::EndMap;
  }
  map.access_filters("default_topic_access_filters", model.default_topic_access_filters);
  out << YAML::EndMap;
  write_file(folder / "model.yaml", out);
}

}  // namespace

void write_model(const Model& model, const fs::path& folder) {
  std::error_code error;
  if (fs::exists(folder, error) && !(fs::is_directory(folder, error) && fs::is_empty(folder, error))) {
    throw std::runtime_error(folder.string() + " is there already; name an empty folder or a new one");
  }
  fs::create_directories(folder);
  write_model_file(model, folder);
  write_relationships(model, folder);
  for (const View& view : model.views) {
    // An alias is made again from its relationship.
    if (view.alias_of.empty()) write_view(view, folder);
  }
  for (const Topic& topic : model.topics) write_topic(topic, folder);
}

}  // namespace analyst
