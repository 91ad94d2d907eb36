// A model made from the database alone, and written out as files that load back to it.
#include <catch2/catch.hpp>

#include "model_fixture.h"
#include "model_text.h"

using analyst::Aggregate;
using analyst::Cardinality;
using analyst::TableInfo;
using model_tests::DescribedDatabase;
using model_tests::key;
using model_tests::ModelFolder;
using model_tests::number;
using model_tests::reference;
using model_tests::text;
using model_tests::text_of;

namespace {

std::shared_ptr<const analyst::Model> model_of(std::vector<TableInfo> tables) {
  DescribedDatabase database(std::move(tables));
  return analyst::load_model("1", "test", {}, {}, database).model;
}

// Writes a model and loads what was written, over the same tables.
void check_round_trip(const analyst::Model& model, const std::vector<TableInfo>& tables) {
  const ModelFolder folder;
  const auto target = folder.base() / "out";
  analyst::write_model(model, target);
  DescribedDatabase database(tables);
  const auto again = analyst::load_model("1", "test", target, {}, database);
  CHECK(again.warnings.empty());
  CHECK(text_of(*again.model) == text_of(model));
}

}  // namespace

TEST_CASE("every table is a view with a count, and four measures for each number that is no key", "[from_database]") {
  const auto model = model_of(model_tests::small_shop());
  REQUIRE(model->views.size() == 4);
  const auto& items = *model->view("items");
  std::vector<std::string> names;
  for (const auto& measure : items.measures) names.push_back(measure.name);
  CHECK(names == std::vector<std::string>{"count", "total_price", "average_price", "min_price", "max_price",
                                          "total_quantity", "average_quantity", "min_quantity", "max_quantity"});
  CHECK(items.measure("total_price")->sql == "${price}");
  CHECK(items.measure("total_price")->aggregate == Aggregate::sum);
  CHECK(items.measure("average_price")->label == "Average price");
  CHECK(items.dimension("id")->primary_key);
}

TEST_CASE("foreign keys are relationships, and topics join along them", "[from_database]") {
  const auto model = model_of(model_tests::small_shop());
  REQUIRE(model->relationships.size() == 3);
  CHECK(model->relationships[0].on_sql == "${items.order_id} = ${orders.id}");
  CHECK(model->relationships[0].cardinality == Cardinality::many_to_one);
  const auto* topic = model->topic("items");
  REQUIRE(topic != nullptr);
  CHECK(topic->joins[0].view == "orders");
  CHECK(topic->joins[0].joins[0].view == "users");
  CHECK(topic->joins[0].joins[0].joins[0].view == "cities");
  CHECK(model->topic("cities")->joins.empty());
}

TEST_CASE("an empty folder is a model made from the database", "[from_database]") {
  ModelFolder folder;
  CHECK(text_of(*folder.load()) == text_of(*model_of(folder.tables)));
}

TEST_CASE("a table that is referred to twice, and one that refers to itself, are joined under aliases", "[from_database]") {
  const std::vector<TableInfo> tables = {
      {.name = "addresses", .columns = {key(), text("city")}},
      {.name = "orders",
       .columns = {key(), number("billing_address_id"), number("shipping_address_id")},
       .foreign_keys = {reference("billing_address_id", "addresses"), reference("shipping_address_id", "addresses")}},
      {.name = "staff",
       .columns = {key(), number("manager_id")},
       .foreign_keys = {{.columns = {"manager_id"}, .to_table = "Staff", .to_columns = {}}}},
  };
  const auto model = model_of(tables);
  REQUIRE(model->view("billing_address") != nullptr);
  CHECK(model->view("billing_address")->alias_of == "addresses");
  CHECK(model->view("billing_address")->table == "addresses");
  CHECK(model->view("shipping_address")->label == "Shipping address");
  CHECK(model->topic("orders")->joins.size() == 2);
  CHECK(model->view("manager")->alias_of == "staff");
  CHECK(model->relationships[2].on_sql == "${staff.manager_id} = ${manager.id}");
  // Aliases have no topic of their own.
  CHECK(model->topic("manager") == nullptr);
  check_round_trip(*model, tables);
}

TEST_CASE("identifiers that no reference could write get names that one can, and keep their column", "[from_database]") {
  const std::vector<TableInfo> tables = {
      {.name = "Order Details",
       .columns = {key("Order No."), text("na\"me"), number("count"), number("2nd"), text("Order No_")}},
      {.name = "order", .columns = {key(), text("select")}},
  };
  const auto model = model_of(tables);
  const auto* view = model->view("Order_Details");
  REQUIRE(view != nullptr);
  CHECK(view->table == "Order Details");
  CHECK(view->dimension("Order_No_")->column == "Order No.");
  CHECK(view->dimension("Order_No__2")->column == "Order No_");
  CHECK(view->dimension("na_me")->column == "na\"me");
  CHECK(view->dimension("_2nd") != nullptr);
  // "count" is a column here.
  CHECK(view->measure("count_2")->aggregate == Aggregate::count);
  CHECK(view->measure("total_count") != nullptr);
  check_round_trip(*model, tables);
}

TEST_CASE("a foreign key to a table that is gone, or over other columns than it has, is passed over", "[from_database]") {
  const auto model = model_of({
      {.name = "a",
       .columns = {key(), number("b_id"), number("c_id")},
       .foreign_keys = {reference("b_id", "gone"), reference("c_id", "c", "nothing"),
                        {.columns = {"b_id", "c_id"}, .to_table = "c", .to_columns = {"id"}}}},
      {.name = "c", .columns = {key()}},
  });
  CHECK(model->relationships.empty());
}

TEST_CASE("tables that refer to each other in a circle make topics that end", "[from_database]") {
  const auto model = model_of({
      {.name = "a", .columns = {key(), number("b_id")}, .foreign_keys = {reference("b_id", "b")}},
      {.name = "b", .columns = {key(), number("a_id")}, .foreign_keys = {reference("a_id", "a")}},
  });
  CHECK(model->topic("a")->joins[0].view == "b");
  CHECK(model->topic("a")->joins[0].joins.empty());
}

TEST_CASE("a database without tables is a model without views", "[from_database]") { CHECK(model_of({})->views.empty()); }

TEST_CASE("a model made from the database is written and loads back the same", "[write]") {
  check_round_trip(*model_of(model_tests::small_shop()), model_tests::small_shop());
}

TEST_CASE("everything that files can say is written and loads back the same", "[write]") {
  ModelFolder folder;
  folder.write("model.yaml", R"y(
access_grants: {see_email: {user_attribute: team, allowed_values: ["yes", "007"]}}
default_topic_access_filters: [{field: cities.name, user_attribute: city, values_for_unfiltered: [all]}]
default_row_limit: 70
default_timeframes: [date, month]
)y")
      .write("relationships.yaml", R"y(
- {join_from_view: orders, join_to_view: users, join_to_view_as: buyer, join_to_view_as_label: Bought by,
   on_sql: "${orders.user_id} = ${buyer.id} and ${buyer.name} <> ''", where_sql: "${buyer.name} <> 'x'", join_type: inner,
   relationship_type: many_to_one, reversible: true}
- {join_from_view: buyer, join_to_view: cities, on_sql: "${buyer.city_id} = ${cities.id}", relationship_type: one_to_one}
)y")
      .write("orders.view.yaml", R"y(
label: "Yes: orders # 1"
description: "Two\nlines, a \"quote\", a \\ and Zürich"
synonyms: [null and void, "true", "1"]
hidden: true
dimensions:
  status: {label: "007", tags: [a], sample_values: ["on", "1.0", ""], format: id, hidden: true}
  late: {sql: "${created_at[date]} > '2025-01-01' and ${status} = 'late: #1'"}
  number: {sql: '"id"'}
measures:
  count: {aggregate_type: count, filters: {status: {is: [a, null]}, id: {greater_than: 1, less_than: 2.25}, gift: {is: false}}}
  late_ones: {aggregate_type: count_distinct, sql: "${id}", filters: {orders.late: {is: true}, status: {not: null}}}
  p: {aggregate_type: percentile, percentile: 90, sql: "${id}"}
  ratio: {sql: "${count} / nullif(${late_ones}, 0)", format: percent_1, required_access_grants: [see_email]}
)y")
      .write("users.view.yaml", "required_access_grants: [see_email|see_email&see_email]\nmeasures: {}")
      .write("days.view.yaml", "sql: select 1 as a, 'x' as b\ndimensions: {a: {type: number, primary_key: true}, b: {}}")
      .write("sales.topic.yaml", R"y(
base_view: orders
label: Sales
ai_context: |
  One.
    Two.
joins: {buyer: {cities: {}}}
fields: [all_views.*, -buyer.email, tag:a]
ai_fields: [orders.*]
default_filters: {status: {is: paid}, orders.gift: {is: true}}
always_where_sql: ${orders.status} <> 'void'
always_where_filters: {cities.name: {starts_with: [A, B], ends_with: c}}
always_having_filters: {orders.count: {between: [1, 5]}}
access_filters: [{field: buyer.name, user_attribute: name}]
required_access_grants: [see_email]
sample_queries:
  one: {prompt: "What?", description: d, query: {fields: [orders.count], limit: 5, filters: {orders.id: {type: number, values: [1, 2.5, "3"], is_negative: false}}}}
)y");
  const auto model = folder.load();
  CHECK(folder.warnings.empty());
  CHECK(model->view("orders")->dimension("number")->column == "id");
  CHECK(model->topic("sales")->ai_context == "One.\n  Two.");
  check_round_trip(*model, folder.tables);
}

TEST_CASE("a folder that holds something is not written to", "[write]") {
  ModelFolder folder;
  folder.write("mine.txt", "kept");
  const auto model = model_of(model_tests::small_shop());
  CHECK_THROWS_AS(analyst::write_model(*model, folder.base()), std::runtime_error);
  CHECK_THROWS_AS(analyst::write_model(*model, folder.base() / "mine.txt"), std::runtime_error);
  CHECK_FALSE(std::filesystem::exists(folder.base() / "relationships.yaml"));
}
