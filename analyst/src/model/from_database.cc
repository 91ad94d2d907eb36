#include "model/from_database.h"

#include <algorithm>
#include <cctype>
#include <deque>
#include <map>
#include <set>

#include "model/names.h"
#include "model/reference.h"

namespace analyst {
namespace {

// A generated topic stays something that a person can look through.
constexpr std::size_t topic_views_max = 30;

bool same_identifier(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

template <typename Taken>
std::string unused_name(std::string name, const Taken& is_taken) {
  const std::string first = name;
  for (int i = 2; is_taken(name); ++i) name = first + "_" + std::to_string(i);
  return name;
}

bool has_field(const View& view, std::string_view name) {
  return view.dimension(name) != nullptr || view.measure(name) != nullptr;
}

bool is_foreign_key(const TableInfo& table, const std::string& column) {
  return std::any_of(table.foreign_keys.begin(), table.foreign_keys.end(), [&](const ForeignKey& key) {
    return std::find(key.columns.begin(), key.columns.end(), column) != key.columns.end();
  });
}

std::vector<std::string> primary_key_of(const TableInfo& table) {
  std::vector<std::string> columns;
  for (const ColumnInfo& column : table.columns) {
    if (column.primary_key) columns.push_back(column.name);
  }
  return columns;
}

// "billing_address_id" is about a billing_address.
std::string noun_of_key(std::string column) {
  for (const std::string_view suffix : {"_id", "Id", "_key", "_fk"}) {
    if (column.size() > suffix.size() && column.ends_with(suffix)) {
      column.resize(column.size() - suffix.size());
      break;
    }
  }
  return name_from_identifier(column);
}

Measure measure_of(std::string name, std::string label, Aggregate aggregate, std::string sql) {
  Measure measure;
  measure.name = std::move(name);
  measure.label = std::move(label);
  measure.aggregate = aggregate;
  measure.sql = std::move(sql);
  return measure;
}

}  // namespace

View view_of_table(const TableInfo& table) {
  View view;
  view.name = name_from_identifier(table.name);
  view.label = label_from_name(table.name);
  view.schema = table.schema;
  if (view.name != table.name) view.table = table.name;
  for (const ColumnInfo& column : table.columns) {
    Dimension dimension;
    dimension.name =
        unused_name(name_from_identifier(column.name), [&](const std::string& name) { return has_field(view, name); });
    if (dimension.name != column.name) dimension.column = column.name;
    dimension.label = label_from_name(column.name);
    dimension.type = column.type;
    dimension.primary_key = column.primary_key;
    view.dimensions.push_back(std::move(dimension));
  }
  return view;
}

void add_count(View& view) {
  view.measures.push_back(measure_of(
      unused_name("count", [&](const std::string& name) { return has_field(view, name); }), "Count", Aggregate::count, ""));
}

void add_measures_of_columns(const TableInfo& table, View& view) {
  add_count(view);
  constexpr struct {
    std::string_view prefix;
    Aggregate aggregate;
  } kinds[] = {{"total", Aggregate::sum}, {"average", Aggregate::average}, {"min", Aggregate::min}, {"max", Aggregate::max}};
  for (const ColumnInfo& column : table.columns) {
    if (column.type != ValueType::number || column.primary_key || is_foreign_key(table, column.name)) continue;
    const Dimension* dimension = dimension_of_column(view, column.name);
    if (dimension == nullptr) continue;
    for (const auto& kind : kinds) {
      const std::string name = std::string(kind.prefix) + "_" + dimension->name;
      view.measures.push_back(measure_of(
          unused_name(name, [&](const std::string& taken) { return has_field(view, taken); }), label_from_name(name),
          kind.aggregate, "${" + dimension->name + "}"));
    }
  }
}

const Dimension* dimension_of_column(const View& view, std::string_view column) {
  for (const Dimension& dimension : view.dimensions) {
    if (!dimension.sql.empty()) continue;
    if (same_identifier(dimension.column.empty() ? dimension.name : dimension.column, column)) return &dimension;
  }
  return nullptr;
}

const TableInfo* table_of_view(const std::vector<TableInfo>& tables, const View& view) {
  if (!view.derived_sql.empty()) return nullptr;
  const std::string_view name = view.table.empty() ? view.name : view.table;
  const TableInfo* found = nullptr;
  for (const TableInfo& table : tables) {
    const bool schema_fits = view.schema.empty() || table.schema.empty() || same_identifier(view.schema, table.schema);
    if (!schema_fits || !same_identifier(table.name, name)) continue;
    // Where letter case tells two tables apart, the exact one is meant.
    if (found == nullptr || table.name == name) found = &table;
  }
  return found;
}

std::vector<ForeignKeyJoin> joins_of_foreign_keys(const std::vector<TableInfo>& tables, const std::vector<View>& views) {
  std::map<const TableInfo*, const View*> view_of;
  std::set<std::string> names;
  for (const View& view : views) {
    names.insert(view.name);
    if (const TableInfo* table = table_of_view(tables, view)) view_of.emplace(table, &view);
  }
  const auto table_named = [&](const std::string& name) -> const TableInfo* {
    for (const TableInfo& table : tables) {
      if (same_identifier(table.name, name)) return &table;
    }
    return nullptr;
  };

  std::vector<ForeignKeyJoin> joins;
  for (const View& from : views) {
    const TableInfo* table = table_of_view(tables, from);
    if (table == nullptr) continue;
    std::map<const TableInfo*, int> keys_to;
    for (const ForeignKey& key : table->foreign_keys) ++keys_to[table_named(key.to_table)];
    for (const ForeignKey& key : table->foreign_keys) {
      const TableInfo* to_table = table_named(key.to_table);
      const auto to = view_of.find(to_table);
      if (to_table == nullptr || to == view_of.end() || key.columns.empty()) continue;
      const auto to_columns = key.to_columns.empty() ? primary_key_of(*to_table) : key.to_columns;
      if (to_columns.size() != key.columns.size()) continue;

      Relationship relationship{.from_view = from.name, .to_view = to->second->name};
      if (to->second == &from || keys_to[to_table] > 1) {
        std::string alias = noun_of_key(key.columns.front());
        if (names.contains(alias)) alias = from.name + "_" + alias;
        relationship.to_view = unused_name(alias, [&](const std::string& name) { return names.contains(name); });
        names.insert(relationship.to_view);
      }
      bool complete = true;
      for (std::size_t i = 0; i < key.columns.size(); ++i) {
        const Dimension* left = dimension_of_column(from, key.columns[i]);
        const Dimension* right = dimension_of_column(*to->second, to_columns[i]);
        if (left == nullptr || right == nullptr) {
          complete = false;
          break;
        }
        if (i > 0) relationship.on_sql += " and ";
        relationship.on_sql += "${" + from.name + "." + left->name + "} = ${" + relationship.to_view + "." + right->name + "}";
      }
      if (!complete) continue;
      // A key that is also the whole primary key has at most one row on either side.
      if (key.columns == primary_key_of(*table)) {
        relationship.cardinality = Cardinality::one_to_one;
        relationship.reversible = true;
      }
      joins.push_back({std::move(relationship), to->second->name});
    }
  }
  return joins;
}

View alias_of_view(const View& view, const std::string& alias, const std::string& label) {
  View copy = view;
  copy.name = alias;
  copy.alias_of = view.name;
  copy.label = label.empty() ? label_from_name(alias) : label;
  copy.synonyms.clear();
  if (copy.derived_sql.empty() && copy.table.empty()) copy.table = view.name;
  const auto rename = [&](std::string& sql) {
    sql = replace_references(sql, [&](Reference reference) {
      if (reference.view == view.name) reference.view = alias;
      return to_string(reference);
    });
  };
  for (Dimension& dimension : copy.dimensions) rename(dimension.sql);
  for (Measure& measure : copy.measures) {
    rename(measure.sql);
    for (ModelFilter& filter : measure.filters) {
      if (filter.field.starts_with(view.name + ".")) filter.field.replace(0, view.name.size(), alias);
    }
  }
  return copy;
}

std::vector<Topic> topics_of_views(const Model& model) {
  std::vector<Topic> topics;
  for (const View& view : model.views) {
    if (!view.alias_of.empty()) continue;
    Topic topic{.name = view.name, .label = view.label, .base_view = view.name};
    // Breadth first, so that a view that can be reached in two ways is joined by the shorter one.
    std::map<std::string, std::string> parents = {{view.name, ""}};
    std::deque<std::string> queue = {view.name};
    std::vector<std::string> order;
    while (!queue.empty() && parents.size() < topic_views_max) {
      const std::string from = queue.front();
      queue.pop_front();
      for (const Relationship& relationship : model.relationships) {
        const bool to_one = relationship.cardinality == Cardinality::many_to_one ||
                            relationship.cardinality == Cardinality::one_to_one;
        if (relationship.from_view != from || !to_one || parents.size() >= topic_views_max) continue;
        if (!parents.emplace(relationship.to_view, from).second) continue;
        order.push_back(relationship.to_view);
        queue.push_back(relationship.to_view);
      }
    }
    const auto subtree = [&](const auto& self, const std::string& parent) -> std::vector<JoinNode> {
      std::vector<JoinNode> nodes;
      for (const std::string& child : order) {
        if (parents.at(child) == parent) nodes.push_back({.view = child, .joins = self(self, child)});
      }
      return nodes;
    };
    topic.joins = subtree(subtree, view.name);
    topics.push_back(std::move(topic));
  }
  return topics;
}

Model model_of_database(const std::vector<TableInfo>& tables) {
  Model model;
  for (const TableInfo& table : tables) {
    View view = view_of_table(table);
    const std::string name =
        unused_name(view.name, [&](const std::string& taken) { return model.view(taken) != nullptr; });
    if (name != view.name) {
      view.name = name;
      view.table = table.name;
    }
    add_measures_of_columns(table, view);
    model.views.push_back(std::move(view));
  }
  for (ForeignKeyJoin& join : joins_of_foreign_keys(tables, model.views)) {
    if (join.to != join.relationship.to_view) {
      View alias = alias_of_view(*model.view(join.to), join.relationship.to_view, "");
      model.views.push_back(std::move(alias));
    }
    model.relationships.push_back(std::move(join.relationship));
  }
  model.topics = topics_of_views(model);
  return model;
}

}  // namespace analyst
