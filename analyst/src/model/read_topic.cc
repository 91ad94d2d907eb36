// NAME.topic.yaml: a base view, what is joined to it, and what always holds there.
#include <nlohmann/json.hpp>

#include "model/draft.h"
#include "model/map_reader.h"
#include "model/names.h"
#include "model/reference.h"
#include "model/yaml_json.h"

namespace analyst {
namespace {

std::vector<JoinNode> read_joins(const YamlNode& node, const std::string& file, const std::string& path, Draft& draft) {
  std::vector<JoinNode> joins;
  if (node.kind == YamlNode::Kind::null) return joins;
  if (node.kind != YamlNode::Kind::map) {
    draft.problems.error(place_of(node, file), "\"joins\" must be a map of views, such as \"users: {}\"");
    return joins;
  }
  for (const YamlEntry& entry : node.entries) {
    const std::string here = path + "/" + entry.key.text;
    draft.places.set(here, place_of(entry.key, file));
    joins.push_back({.view = entry.key.text, .joins = read_joins(entry.value, file, here, draft)});
  }
  return joins;
}

SampleQuery read_sample_query(const YamlNode& node, const std::string& file, const std::string& path,
                              const std::string& name, const Topic& topic, Draft& draft) {
  draft.places.set(path, place_of(node, file));
  MapReader map(node, file, path, sample_query_keys, draft);
  SampleQuery sample{.name = name.empty() ? map.text("name") : name,
                     .prompt = map.text("prompt"),
                     .description = map.text("description")};
  if (const YamlNode* query = map.find("query")) {
    if (query->kind == YamlNode::Kind::map) {
      nlohmann::json json = to_json(*query);
      // The names that the published dialect has for the same things.
      const auto rename = [&](const char* from, const char* to) {
        if (!json.contains(from)) return;
        if (!json.contains(to)) json[to] = json[from];
        json.erase(from);
      };
      rename("base_view", "table");
      rename("topic", "join_paths_from_topic_name");
      if (!json.contains("table")) json["table"] = topic.base_view;
      if (!json.contains("join_paths_from_topic_name")) json["join_paths_from_topic_name"] = topic.name;
      sample.query = json.dump();
    } else {
      map.error(*query, "\"query\" must be a map: a semantic query");
    }
  }
  return sample;
}

}  // namespace

void read_topic(const YamlNode& root, const std::string& file, const std::string& name, Draft& draft) {
  const std::string path = "topic " + name;
  if (draft.model.topic(name) != nullptr) {
    draft.problems.error({file, 0, 0}, "the topic \"" + name + "\" is already in " + draft.places.find(path).file);
    return;
  }
  draft.places.set(path, {file, root.line, root.column});
  MapReader map(root, file, path, topic_keys, draft);
  Topic topic;
  topic.name = name;
  topic.label = map.text("label");
  if (topic.label.empty()) topic.label = label_from_name(name);
  topic.description = map.text("description");
  topic.ai_context = map.text("ai_context");
  topic.base_view = map.text("base_view");
  topic.fields = map.texts("fields");
  topic.ai_fields = map.texts("ai_fields");
  topic.always_where_sql = map.sql("always_where_sql");
  topic.always_where_filters = map.filters("always_where_filters");
  topic.always_having_filters = map.filters("always_having_filters");
  topic.required_access_grants = map.texts("required_access_grants");
  topic.default_row_limit = map.integer("default_row_limit", 1, 50'000);
  topic.hidden = map.flag("hidden");
  if (const YamlNode* joins = map.find("joins")) topic.joins = read_joins(*joins, file, path + "/joins", draft);
  if (const YamlNode* filters = map.find("access_filters")) {
    topic.access_filters = read_access_filters(*filters, file, path + "/access_filters", draft);
  }
  if (const YamlNode* filters = map.find("default_filters")) {
    // A default filter is one that a question may replace, so one that is not built yet is not worth losing the topic.
    std::string needed;
    topic.default_filters = read_filters(*filters, file, path + "/default_filters", draft, needed);
    if (!needed.empty()) {
      draft.problems.warning(place_of(*filters, file), "the condition \"" + needed + "\" in \"default_filters\" is not used");
    }
  }
  if (const YamlNode* samples = map.find("sample_queries")) {
    const std::string samples_path = path + "/sample_queries/";
    if (samples->kind == YamlNode::Kind::sequence) {
      for (std::size_t i = 0; i < samples->items.size(); ++i) {
        topic.sample_queries.push_back(
            read_sample_query(samples->items[i], file, samples_path + std::to_string(i), "", topic, draft));
      }
    } else if (samples->kind == YamlNode::Kind::map) {
      for (const YamlEntry& entry : samples->entries) {
        topic.sample_queries.push_back(read_sample_query(
            entry.value, file, samples_path + std::to_string(topic.sample_queries.size()), entry.key.text, topic, draft));
      }
    } else {
      map.error(*samples, "\"sample_queries\" must be a map of names");
    }
  }

  if (topic.base_view.empty()) {
    draft.problems.error(map.place(), "a topic needs a \"base_view\"");
    return;
  }
  if (map.flag("ignored")) return;
  if (!map.needed().empty()) {
    draft.topics_left_out.emplace(name, "it uses \"" + map.needed() + "\", which is not built yet");
  }
  draft.model.topics.push_back(std::move(topic));
}

}  // namespace analyst
