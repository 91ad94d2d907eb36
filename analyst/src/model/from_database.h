// model/from_database.h - what a database says of itself, as the parts of a model.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "analyst/model.h"

namespace analyst {

// A view of the table's columns, without measures. Identifiers that no reference could write get a name that one can.
View view_of_table(const TableInfo& table);

// `count`, and for each numeric column that is no key total_X, average_X, min_X and max_X.
void add_measures_of_columns(const TableInfo& table, View& view);
void add_count(View& view);

// The dimension that is exactly this column.
const Dimension* dimension_of_column(const View& view, std::string_view column);

// The table behind a view, letter case ignored; null for a derived table or when there is none.
const TableInfo* table_of_view(const std::vector<TableInfo>& tables, const View& view);

// One relationship per foreign key between the views that are there. A table that is joined twice, or to itself, gets an
// alias for each join, made from the column: billing_address_id is joined as billing_address.
struct ForeignKeyJoin {
  Relationship relationship = {};
  // The view behind relationship.to_view.
  std::string to = {};
};
std::vector<ForeignKeyJoin> joins_of_foreign_keys(const std::vector<TableInfo>& tables, const std::vector<View>& views);

// `view` under a second name: references to itself name the alias.
View alias_of_view(const View& view, const std::string& alias, const std::string& label);

// A topic per view, joined along its many-to-one relationships, each view once and by the shortest way.
std::vector<Topic> topics_of_views(const Model& model);

// All of it.
Model model_of_database(const std::vector<TableInfo>& tables);

}  // namespace analyst
