// What the files say, on top of what the database says.
//
// A table that no file mentions stays out of the model: a file is a decision about what may be asked, and a new table in
// the database must not be visible before somebody made it. Views that only a relationship or topic names were decided on.
#include <algorithm>
#include <cctype>

#include "model/draft.h"
#include "model/from_database.h"
#include "model/names.h"
#include "model/nearest.h"
#include "model/reference.h"
#include "model/topic_fields.h"

namespace analyst {
namespace {

bool listed(const std::vector<std::string>& list, const TableInfo& table) {
  return std::any_of(list.begin(), list.end(), [&](const std::string& entry) {
    return entry == table.name || entry == table.schema + "." + table.name || entry == table.schema + "__" + table.name;
  });
}

bool listed_schema(const std::vector<std::string>& list, const TableInfo& table) {
  return std::find(list.begin(), list.end(), table.schema) != list.end();
}

std::vector<TableInfo> tables_of_model(const std::vector<TableInfo>& tables, const Draft& draft) {
  std::vector<TableInfo> result;
  for (const TableInfo& table : tables) {
    if (listed(draft.ignored_views, table) || listed_schema(draft.ignored_schemas, table)) continue;
    if (!draft.included_views.empty() && !listed(draft.included_views, table)) continue;
    if (!draft.included_schemas.empty() && !listed_schema(draft.included_schemas, table)) continue;
    result.push_back(table);
  }
  return result;
}

std::vector<std::string> names_of(const std::vector<TableInfo>& tables) {
  std::vector<std::string> names;
  for (const TableInfo& table : tables) names.push_back(table.name);
  return names;
}

// A table for each view that only relationships or topics name.
void add_mentioned_views(const std::vector<TableInfo>& tables, Draft& draft) {
  const auto add = [&](const std::string& name, const std::string& path) {
    if (name.empty() || draft.model.view(name) != nullptr) return;
    for (const Relationship& relationship : draft.model.relationships) {
      if (relationship.from_view == name || relationship.to_view == name) {
        const auto& notes = draft.relationships[static_cast<std::size_t>(&relationship - draft.model.relationships.data())];
        // An alias; it is made from its view later.
        if (notes.from != name && notes.to != name) return;
      }
    }
    const auto table = std::find_if(tables.begin(), tables.end(), [&](const TableInfo& one) {
      return one.name == name || view_of_table(one).name == name;
    });
    if (table == tables.end()) return;
    View view = view_of_table(*table);
    add_count(view);
    draft.places.set(name, draft.places.find(path));
    draft.views.emplace(name, ViewNotes{.has_measures = true});
    draft.model.views.push_back(std::move(view));
  };
  for (std::size_t i = 0; i < draft.relationships.size(); ++i) {
    const RelationshipNotes notes = draft.relationships[i];
    add(notes.from, "relationship " + std::to_string(i));
    add(notes.to, "relationship " + std::to_string(i));
  }
  for (const Topic& topic : draft.model.topics) {
    for (const std::string& name : views_of_topic(topic)) add(name, "topic " + topic.name);
  }
}

// The column that `sql` is; empty when it is more than one name.
std::string column_alone(const std::string& sql) {
  if (is_name(sql)) return sql;
  if (sql.size() < 3 || sql.front() != '"' || sql.back() != '"') return "";
  std::string name;
  for (std::size_t i = 1; i + 1 < sql.size(); ++i) {
    if (sql[i] == '"' && (i + 2 >= sql.size() || sql[++i] != '"')) return "";
    name += sql[i];
  }
  return name;
}

void merge_columns(const TableInfo& table, Draft& draft, View& view) {
  const ViewNotes& notes = draft.views[view.name];
  const View columns = view_of_table(table);
  std::vector<std::string> column_names;
  for (const ColumnInfo& column : table.columns) column_names.push_back(column.name);

  for (Dimension& dimension : view.dimensions) {
    const std::string path = view.name + "." + dimension.name;
    // SQL that is a column and nothing else is that column: it needs no guess about its type, and is never ambiguous.
    if (const std::string written = column_alone(dimension.sql);
        !written.empty() && dimension_of_column(columns, written) != nullptr) {
      dimension.column = written;
      dimension.sql.clear();
    }
    if (!dimension.sql.empty()) continue;
    const std::string wanted = dimension.column.empty() ? dimension.name : dimension.column;
    const Dimension* column = dimension_of_column(columns, wanted);
    if (column == nullptr) column = columns.dimension(wanted);
    if (column == nullptr) {
      if (draft.fields_left_out.contains(path)) continue;
      draft.problems.error(draft.places.find(path), "the table \"" + table.name + "\" has no column \"" + wanted +
                                                        "\"; give the dimension \"sql\"" +
                                                        did_you_mean(wanted, column_names));
      continue;
    }
    // Letter case does not tell identifiers apart here, and does in other databases.
    dimension.column = column->column.empty() ? column->name : column->column;
    if (dimension.column == dimension.name) dimension.column.clear();
    if (!draft.places.has(path + "/type")) dimension.type = column->type;
    if (!notes.has_primary_key && notes.compound_key.empty()) dimension.primary_key = column->primary_key;
  }
  for (const Dimension& column : columns.dimensions) {
    const bool taken = notes.ignored_fields.contains(column.name) || view.dimension(column.name) != nullptr ||
                       view.measure(column.name) != nullptr;
    const Dimension* same = dimension_of_column(view, column.column.empty() ? column.name : column.column);
    // Under a name that only letter case tells apart, or one made up for want of a good one, it is the same field.
    if (taken || (same != nullptr && (!column.column.empty() || dimension_of_column(columns, same->name) != nullptr))) continue;
    Dimension dimension = column;
    if (notes.has_primary_key || !notes.compound_key.empty()) dimension.primary_key = false;
    view.dimensions.push_back(std::move(dimension));
  }
  if (!notes.has_measures) add_count(view);
}

void add_foreign_keys(const std::vector<TableInfo>& tables, Draft& draft) {
  for (ForeignKeyJoin& join : joins_of_foreign_keys(tables, draft.model.views)) {
    draft.relationships.push_back({.from = join.relationship.from_view, .to = join.to, .from_label = "", .to_label = ""});
    draft.model.relationships.push_back(std::move(join.relationship));
  }
}

}  // namespace

void merge_database(const std::vector<TableInfo>& all_tables, Draft& draft) {
  const std::vector<TableInfo> tables = tables_of_model(all_tables, draft);
  add_mentioned_views(tables, draft);
  for (View& view : draft.model.views) {
    ViewNotes& notes = draft.views[view.name];
    if (draft.views_left_out.contains(view.name)) continue;
    if (!view.derived_sql.empty()) {
      if (!notes.has_measures) add_count(view);
    } else if (const TableInfo* table = table_of_view(tables, view)) {
      merge_columns(*table, draft, view);
      if (view.table.empty() && table->name != view.name) view.table = table->name;
    } else {
      const std::string& name = view.table.empty() ? view.name : view.table;
      draft.problems.error(draft.places.find(view.name),
                           "the database has no table \"" + (view.schema.empty() ? "" : view.schema + ".") + name +
                               "\"; say which with \"table\", or give the view \"sql\"" +
                               did_you_mean(name, names_of(tables)));
      // Nothing can be said about its fields.
      draft.views_left_out.emplace(view.name, "");
    }
    for (const std::string& part : notes.compound_key) {
      const auto dimension = std::find_if(view.dimensions.begin(), view.dimensions.end(),
                                          [&](const Dimension& one) { return one.name == part; });
      if (dimension != view.dimensions.end()) {
        dimension->primary_key = true;
      } else {
        draft.problems.error(draft.places.find(view.name + "/custom_compound_primary_key_sql"),
                             "\"" + part + "\" is no dimension of this view; a compound key is a list of dimensions");
      }
    }
    for (Dimension& dimension : view.dimensions) {
      const bool is_time = dimension.type == ValueType::date || dimension.type == ValueType::timestamp;
      if (is_time && dimension.timeframes.empty()) dimension.timeframes = draft.default_timeframes;
    }
  }
  if (!draft.has_relationships_file) add_foreign_keys(tables, draft);
  if (draft.model.topics.empty() && draft.topics_left_out.empty()) {
    // Made when everything else is known, in resolve().
    draft.makes_topics = true;
  }
}

}  // namespace analyst
