// NAME.view.yaml: a table or a derived table, with its dimensions and measures.
#include <set>

#include "model/draft.h"
#include "model/map_reader.h"
#include "model/names.h"
#include "model/nearest.h"
#include "model/read_timeframes.h"
#include "model/reference.h"

namespace analyst {
namespace {

void read_common(Field& field, MapReader& map, const std::string& name, Draft& draft) {
  field.name = name;
  field.label = map.text("label");
  if (field.label.empty()) field.label = label_from_name(name);
  field.description = map.text("description");
  field.synonyms = map.texts("synonyms");
  field.tags = map.texts("tags");
  field.required_access_grants = map.texts("required_access_grants");
  field.sql = map.sql("sql");
  field.format = map.text("format");
  field.hidden = map.flag("hidden");
  if (const YamlNode* mask = map.find("mask_unless_access_grants")) {
    // Hiding is the stricter of the two.
    for (std::string& grant : map.texts("mask_unless_access_grants")) field.required_access_grants.push_back(grant);
    draft.problems.warning({map.place().file, mask->line, mask->column},
                           "masking is not built yet: without the grant the field is hidden, not masked");
  }
}

Dimension read_dimension(MapReader& map, const std::string& file, const std::string& name, Draft& draft) {
  Dimension dimension;
  read_common(dimension, map, name, draft);
  dimension.primary_key = map.flag("primary_key");
  dimension.sample_values = map.texts("sample_values");
  for (std::string& value : map.texts("all_values")) dimension.sample_values.push_back(value);
  if (const YamlNode* timeframes = map.find("timeframes")) {
    dimension.timeframes = read_timeframes(*timeframes, file, draft);
  }
  if (const std::string word = map.text("type"); !word.empty()) {
    if (const auto type = parse_value_type(word)) {
      dimension.type = *type;
    } else {
      map.error(*map.find("type"), "\"" + word + "\" is no type" + did_you_mean(word, value_type_words()));
    }
  }
  return dimension;
}

// Of the published dialect, and not built yet.
bool is_distinct_on(std::string_view aggregate) { return aggregate.ends_with("_distinct_on"); }

Measure read_measure(MapReader& map, const std::string& name, Draft& draft, std::string& needed) {
  Measure measure;
  read_common(measure, map, name, draft);
  measure.filters = map.filters("filters");
  measure.percentile = map.integer("percentile", 1, 99);
  if (const std::string word = map.text("aggregate_type"); !word.empty()) {
    measure.aggregate = parse_aggregate(word);
    if (!measure.aggregate && is_distinct_on(word)) {
      needed = "the aggregate \"" + word + "\"";
    } else if (!measure.aggregate) {
      map.error(*map.find("aggregate_type"),
                "\"" + word + "\" is no aggregate type" + did_you_mean(word, aggregate_words()));
      // Any will do for what is still to be checked.
      measure.aggregate = Aggregate::count;
      return measure;
    } else if (measure.sql.empty() && *measure.aggregate != Aggregate::count) {
      draft.problems.error(map.place(), "the measure \"" + name + "\" needs \"sql\": what to aggregate, such as ${price}");
    }
    if (measure.aggregate == Aggregate::percentile && map.find("percentile") == nullptr) {
      draft.problems.error(map.place(), "the measure \"" + name + "\" needs \"percentile\", a number from 1 to 99");
    }
  } else if (measure.sql.empty()) {
    draft.problems.error(map.place(), "the measure \"" + name + "\" needs \"aggregate_type\", or \"sql\" over measures");
  } else if (!measure.filters.empty()) {
    draft.problems.error(map.place(), "the measure \"" + name +
                                          "\" is made of measures and cannot have \"filters\"; filter the measures it is "
                                          "made of");
  } else if (references(measure.sql).empty()) {
    needed = "an aggregate written in SQL instead of \"aggregate_type\"";
  }
  if (!map.needed().empty()) needed = map.needed();
  return measure;
}

struct FieldsReader {
  View& view;
  ViewNotes& notes;
  const std::string& file;
  Draft& draft;
  std::set<std::string> names = {};

  // Whether the field is to be kept: its name is good and new, and nothing it needs is missing.
  bool accepts(const YamlEntry& entry) {
    const std::string& name = entry.key.text;
    draft.places.set(view.name + "." + name, place_of(entry.key, file));
    if (!is_name(name)) {
      draft.problems.error(place_of(entry.key, file), "\"" + name +
                                                          "\" is no name for a field; use letters, digits and underscores");
      return false;
    }
    if (!names.insert(name).second) {
      draft.problems.error(place_of(entry.key, file), "\"" + name + "\" is already a field of this view");
      return false;
    }
    return true;
  }

  void leave_out(const std::string& name, const std::string& needed) {
    draft.fields_left_out.emplace(view.name + "." + name, "it uses " + needed + ", which is not built yet");
  }

  void read_dimensions(const YamlNode& node) {
    for (const YamlEntry& entry : node.entries) {
      if (!accepts(entry)) continue;
      const std::string& name = entry.key.text;
      MapReader map(entry.value, file, view.name + "." + name, dimension_keys, draft);
      Dimension dimension = read_dimension(map, file, name, draft);
      if (map.flag("ignored")) {
        notes.ignored_fields.insert(name);
        continue;
      }
      if (!map.needed().empty()) leave_out(name, map.needed());
      notes.has_primary_key = notes.has_primary_key || dimension.primary_key;
      view.dimensions.push_back(std::move(dimension));
    }
  }

  void read_measures(const YamlNode& node) {
    notes.has_measures = true;
    for (const YamlEntry& entry : node.entries) {
      if (!accepts(entry)) continue;
      const std::string& name = entry.key.text;
      MapReader map(entry.value, file, view.name + "." + name, measure_keys, draft);
      std::string needed;
      Measure measure = read_measure(map, name, draft, needed);
      if (map.flag("ignored")) continue;
      if (!needed.empty()) leave_out(name, needed);
      view.measures.push_back(std::move(measure));
    }
  }
};

}  // namespace

void read_view(const YamlNode& root, const std::string& file, const std::string& name, Draft& draft) {
  if (const View* other = draft.model.view(name)) {
    draft.problems.error({file, 0, 0}, "the view \"" + other->name + "\" is already in " + draft.places.find(name).file);
    return;
  }
  draft.places.set(name, {file, root.line, root.column});
  MapReader map(root, file, name, view_keys, draft);
  View view;
  view.name = name;
  view.label = map.text("label");
  if (view.label.empty()) view.label = label_from_name(name);
  view.description = map.text("description");
  view.synonyms = map.texts("synonyms");
  view.required_access_grants = map.texts("required_access_grants");
  view.schema = map.text("schema");
  view.table = map.text("table");
  if (const std::string table = map.text("table_name"); !table.empty()) {
    if (!view.table.empty()) map.error(*map.find("table_name"), "\"table\" already says which table; keep one of them");
    view.table = table;
  }
  view.derived_sql = map.sql("sql");
  view.hidden = map.flag("hidden");
  if (!view.derived_sql.empty() && !view.table.empty()) {
    map.error(*map.find("sql"), "a view is either a table or a derived table; keep \"table\" or \"sql\"");
  }

  ViewNotes notes;
  notes.compound_key = map.texts("custom_compound_primary_key_sql");
  FieldsReader fields{view, notes, file, draft};
  for (const std::string key : {"dimensions", "measures"}) {
    const YamlNode* node = map.find(key);
    if (node == nullptr) continue;
    if (node->kind != YamlNode::Kind::map) {
      map.error(*node, "\"" + key + "\" must be a map of names");
    } else if (key == "dimensions") {
      fields.read_dimensions(*node);
    } else {
      fields.read_measures(*node);
    }
  }
  if (map.flag("ignored")) {
    draft.views_left_out.emplace(name, "");
  } else if (!map.needed().empty()) {
    draft.views_left_out.emplace(name, "it uses \"" + map.needed() + "\", which is not built yet");
  }
  draft.views.emplace(name, std::move(notes));
  draft.model.views.push_back(std::move(view));
}

}  // namespace analyst
