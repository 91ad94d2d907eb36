// model/draft.h - a model while it is being read: the model itself, what the files say beyond it, and what was found wrong.
//
// The steps of loading work on one draft, each on top of the one before:
//   read_*            files to views, relationships, topics; what stands in one file is checked there
//   merge_database    columns, types and keys of the tables behind the views
//   resolve           names across files, left-out parts, cycles, types of expressions
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "analyst/model.h"
#include "model/document.h"
#include "model/problems.h"

namespace analyst {

// What a view's file says beyond the view.
struct ViewNotes {
  // Fields with "ignored: true": the column of that name is not a field either.
  std::set<std::string, std::less<>> ignored_fields = {};
  // custom_compound_primary_key_sql
  std::vector<std::string> compound_key = {};
  bool has_measures = false;
  bool has_primary_key = false;
};

// What a relationship's entry says beyond the relationship: the views as written, before aliases.
struct RelationshipNotes {
  std::string from = {};
  std::string to = {};
  std::string from_label = {};
  std::string to_label = {};
};

struct Draft {
  Model model = {};
  Problems problems = {};
  Places places = {};

  std::map<std::string, ViewNotes, std::less<>> views = {};
  // In step with model.relationships.
  std::vector<RelationshipNotes> relationships = {};
  bool has_relationships_file = false;
  // The files have no topic: they are made from the relationships.
  bool makes_topics = false;

  // Left out, each with the reason as the end of a sentence: "uses level_of_detail, which is not built yet".
  // Keyed by "view.field" and by the view's or topic's name.
  std::map<std::string, std::string, std::less<>> fields_left_out = {};
  std::map<std::string, std::string, std::less<>> views_left_out = {};
  std::map<std::string, std::string, std::less<>> topics_left_out = {};

  // From the model file.
  std::vector<Timeframe> default_timeframes = {};
  int default_row_limit = 0;
  std::vector<std::string> default_topic_grants = {};
  std::vector<std::string> ignored_views = {};
  std::vector<std::string> included_views = {};
  std::vector<std::string> ignored_schemas = {};
  std::vector<std::string> included_schemas = {};

  View* view(std::string_view name);
};

void read_model_file(const YamlNode& root, const std::string& file, Draft& draft);
void read_relationships(const YamlNode& root, const std::string& file, Draft& draft);
void read_view(const YamlNode& root, const std::string& file, const std::string& name, Draft& draft);
void read_topic(const YamlNode& root, const std::string& file, const std::string& name, Draft& draft);

// Columns become dimensions, types and keys come from the table. Views that only relationships and topics name are made
// from the table of that name.
void merge_database(const std::vector<TableInfo>& tables, Draft& draft);

void resolve(Draft& draft);

}  // namespace analyst
