// A model folder becomes a model: what the files say, on top of what the database says.
#include <catch2/catch.hpp>

#include "model_fixture.h"

using analyst::Aggregate;
using analyst::Cardinality;
using analyst::JoinType;
using analyst::ModelFilter;
using analyst::Timeframe;
using analyst::Value;
using analyst::ValueType;
using model_tests::ModelFolder;

namespace {

const char* const relationships = R"y(
- join_from_view: orders
  join_to_view: users
  on_sql: ${orders.user_id} = ${users.id}
  relationship_type: many_to_one
  reversible: true
- join_from_view: users
  join_to_view: cities
  on_sql: "${users.city_id} = ${cities.id}"
)y";

// A folder with every view and one topic.
void write_small_model(ModelFolder& folder) {
  folder.write("relationships.yaml", relationships)
      .write("views/orders.view.yaml", "measures:\n  count: {aggregate_type: count}\n")
      .write("views/users.view", "{}")
      .write("views/cities.view.yaml", "label: Cities\n")
      .write("orders.topic.yaml", "base_view: orders\njoins:\n  users:\n    cities: {}\n");
}

}  // namespace

TEST_CASE("a view named like a table starts with its columns, types and key", "[load]") {
  ModelFolder folder;
  folder.write("orders.view.yaml", R"y(
label: Purchases
dimensions:
  status: {label: Order status, description: Where it is, synonyms: [state], sample_values: [paid, open], tags: [a]}
)y");
  const auto model = folder.load();
  REQUIRE(model->views.size() == 1);
  const auto& view = model->views[0];
  CHECK(view.label == "Purchases");
  REQUIRE(view.dimensions.size() == 5);
  // The file's first, then the table's.
  CHECK(view.dimensions[0].name == "status");
  CHECK(view.dimensions[0].label == "Order status");
  CHECK(view.dimensions[0].synonyms == std::vector<std::string>{"state"});
  CHECK(view.dimensions[0].sample_values == std::vector<std::string>{"paid", "open"});
  CHECK(view.dimensions[1].name == "id");
  CHECK(view.dimension("id")->primary_key);
  CHECK_FALSE(view.dimension("status")->primary_key);
  CHECK(view.dimension("created_at")->type == ValueType::timestamp);
  CHECK(view.dimension("created_at")->label == "Created at");
  CHECK(view.dimension("user_id")->label == "User ID");
  CHECK(view.dimension("gift")->type == ValueType::boolean);
}

TEST_CASE("a table that no file mentions stays out of the model", "[load]") {
  ModelFolder folder;
  folder.write("orders.view.yaml", "{}");
  const auto model = folder.load();
  CHECK(model->view("orders") != nullptr);
  CHECK(model->view("users") == nullptr);
}

TEST_CASE("a view without measures can be counted, and one with measures has those it names", "[load]") {
  ModelFolder folder;
  folder.write("orders.view.yaml", "{}").write("users.view.yaml", "measures: {people: {aggregate_type: count}}");
  const auto model = folder.load();
  REQUIRE(model->view("orders")->measures.size() == 1);
  CHECK(model->view("orders")->measures[0].name == "count");
  CHECK(model->view("orders")->measures[0].aggregate == Aggregate::count);
  REQUIRE(model->view("users")->measures.size() == 1);
  CHECK(model->view("users")->measures[0].name == "people");
  CHECK(model->view("users")->measures[0].label == "People");
}

TEST_CASE("a view may be named otherwise than its table, and a column may be no field", "[load]") {
  ModelFolder folder;
  folder.write("purchases.view.yaml", "schema: main\ntable: orders\ndimensions: {status: {ignored: true}}\n")
      .write("people.view.yaml", "table_name: users\n");
  const auto model = folder.load();
  REQUIRE(model->view("purchases") != nullptr);
  CHECK(model->view("purchases")->table == "orders");
  CHECK(model->view("purchases")->dimension("status") == nullptr);
  CHECK(model->view("purchases")->dimension("created_at") != nullptr);
  CHECK(model->view("people")->table == "users");
}

TEST_CASE("a key that a file states replaces the table's", "[load]") {
  ModelFolder folder;
  folder.write("orders.view.yaml", "custom_compound_primary_key_sql: [user_id, created_at]")
      .write("users.view.yaml", "dimensions: {email: {primary_key: true}}");
  const auto model = folder.load();
  CHECK_FALSE(model->view("orders")->dimension("id")->primary_key);
  CHECK(model->view("orders")->dimension("user_id")->primary_key);
  CHECK(model->view("orders")->dimension("created_at")->primary_key);
  CHECK_FALSE(model->view("users")->dimension("id")->primary_key);
  CHECK(model->view("users")->dimension("email")->primary_key);
}

TEST_CASE("measures keep their aggregate, SQL, format and typed filters", "[load]") {
  ModelFolder folder;
  folder.write("orders.view.yaml", R"y(
measures:
  count: {aggregate_type: count}
  paid: {aggregate_type: count, filters: {status: {is: [paid, "007"]}, id: {greater_than: 5}, gift: {is: true}}}
  odd: {aggregate_type: count, filters: {status: {not: null}, orders.user_id: {between: [1, 2.5]}}}
  unpaid: {aggregate_type: count, filters: {status: {not: paid}}}
  late: {sql: "${id}", aggregate_type: percentile, percentile: 95}
  share: {sql: "1.0 * ${paid} / nullif(${count}, 0)", format: percent_1, synonyms: [ratio]}
)y");
  const auto model = folder.load();
  CHECK(folder.warnings.empty());
  const auto& view = *model->view("orders");
  REQUIRE(view.measures.size() == 6);
  const auto& paid = view.measure("paid")->filters;
  REQUIRE(paid.size() == 3);
  CHECK(paid[0].op == ModelFilter::Operator::is);
  // Text stays as it was written.
  CHECK(paid[0].values == std::vector<Value>{std::string("paid"), std::string("007")});
  CHECK(paid[1].values == std::vector<Value>{std::int64_t{5}});
  CHECK(paid[2].values == std::vector<Value>{true});
  const auto& odd = view.measure("odd")->filters;
  CHECK(odd[0].op == ModelFilter::Operator::not_null);
  CHECK(odd[0].values.empty());
  CHECK(odd[1].values == std::vector<Value>{std::int64_t{1}, 2.5});
  CHECK(view.measure("unpaid")->filters[0].op == ModelFilter::Operator::is_not);
  CHECK(view.measure("late")->percentile == 95);
  CHECK_FALSE(view.measure("share")->aggregate);
  CHECK(view.measure("share")->format == "percent_1");
}

TEST_CASE("the type of an expression is read off its SQL", "[load]") {
  ModelFolder folder;
  folder.write("items.view.yaml", R"y(
dimensions:
  line_total: {sql: "${price} * ${quantity}"}
  rounded: {sql: "round(${price} / 2, 1)"}
  is_dear: {sql: "${price} > 100"}
  of_two: {sql: "${quantity} in (1, 2) and ${price} < 5"}
  same_price: {sql: "${price}"}
  bare_price: {sql: price}
  word: {sql: "'a' || ${price}"}
  size: {sql: "case when ${price} > 100 then 'big' else 'small' end"}
  sized: {sql: "case when ${price} > 1 then 1 end", format: number_0}
  day: {sql: "date(${orders.created_at})", timeframes: [date, WEEK]}
  sent: {sql: "${orders.created_at}"}
  stated: {sql: "something(${price})", type: date}
)y")
      .write("orders.view.yaml", "{}");
  const auto model = folder.load();
  const auto type = [&](const char* field) { return model->view("items")->dimension(field)->type; };
  CHECK(type("line_total") == ValueType::number);
  CHECK(type("rounded") == ValueType::number);
  CHECK(type("is_dear") == ValueType::boolean);
  CHECK(type("of_two") == ValueType::boolean);
  CHECK(type("same_price") == ValueType::number);
  CHECK(type("bare_price") == ValueType::number);
  CHECK(type("word") == ValueType::text);
  CHECK(type("size") == ValueType::text);
  CHECK(type("sized") == ValueType::number);
  CHECK(type("day") == ValueType::timestamp);
  CHECK(type("sent") == ValueType::timestamp);
  CHECK(type("stated") == ValueType::date);
  CHECK(model->view("items")->dimension("day")->timeframes ==
        std::vector<Timeframe>{Timeframe::date, Timeframe::week});
}

TEST_CASE("relationships are read, with many to one and a left join as the default", "[load]") {
  ModelFolder folder;
  write_small_model(folder);
  const auto model = folder.load();
  REQUIRE(model->relationships.size() == 2);
  CHECK(model->relationships[0].reversible);
  CHECK_FALSE(model->relationships[1].reversible);
  CHECK(model->relationships[1].cardinality == Cardinality::many_to_one);
  CHECK(model->relationships[1].join_type == JoinType::always_left);
  CHECK(model->relationships[1].on_sql == "${users.city_id} = ${cities.id}");
}

TEST_CASE("without a relationships file the foreign keys are the relationships", "[load]") {
  ModelFolder folder;
  folder.write("orders.view.yaml", "{}").write("users.view.yaml", "{}");
  const auto model = folder.load();
  REQUIRE(model->relationships.size() == 1);
  CHECK(model->relationships[0].on_sql == "${orders.user_id} = ${users.id}");
}

TEST_CASE("a topic has its tree of joins, and normalised filters", "[load]") {
  ModelFolder folder;
  write_small_model(folder);
  folder.write("orders.topic.yaml", R"y(
base_view: orders
label: Sales
description: What was sold.
ai_context: |
  Talk about orders.
joins:
  users:
    cities: {}
fields: [orders.*, users.name, -users.email, tag:x]
default_filters: {status: {is: paid}}
always_where_sql: ${users.name} <> 'test'
always_where_filters: {cities.name: {is_not: Nowhere}}
always_having_filters: {orders.count: {greater_than: 0}}
default_row_limit: 100
sample_queries:
  by_city: {prompt: "Orders by city?", query: {fields: [cities.name, orders.count], limit: 5}}
)y");
  const auto model = folder.load();
  const auto* topic = model->topic("orders");
  REQUIRE(topic != nullptr);
  CHECK(topic->label == "Sales");
  CHECK(topic->ai_context == "Talk about orders.");
  REQUIRE(topic->joins.size() == 1);
  CHECK(topic->joins[0].view == "users");
  CHECK(topic->joins[0].joins[0].view == "cities");
  CHECK(topic->default_filters[0].field == "orders.status");
  CHECK(topic->always_having_filters[0].values == std::vector<Value>{std::int64_t{0}});
  CHECK(topic->default_row_limit == 100);
  REQUIRE(topic->sample_queries.size() == 1);
  CHECK(topic->sample_queries[0].query ==
        R"({"fields":["cities.name","orders.count"],"join_paths_from_topic_name":"orders","limit":5,"table":"orders"})");
}

TEST_CASE("a table that is joined twice becomes a view under each alias", "[load]") {
  ModelFolder folder;
  folder.tables.push_back({.schema = "main",
                           .name = "transfers",
                           .columns = {model_tests::key(), model_tests::number("from_id"), model_tests::number("to_id")}});
  folder.write("relationships.yaml", R"y(
- {join_from_view: transfers, join_to_view: users, join_to_view_as: sender, join_to_view_as_label: Sent by,
   on_sql: "${transfers.from_id} = ${users.id}"}
- {join_from_view: transfers, join_to_view: users, join_to_view_as: receiver, on_sql: "${transfers.to_id} = ${receiver.id}"}
)y")
      .write("transfers.view.yaml", "{}")
      .write("users.view.yaml", R"y(
dimensions: {short: {sql: "substr(${users.name}, 1, 3)"}}
measures: {people: {aggregate_type: count, filters: {users.name: {is: x}}}}
)y")
      .write("t.topic.yaml", "base_view: transfers\njoins: {sender: {}, receiver: {}}");
  const auto model = folder.load();
  const auto* sender = model->view("sender");
  REQUIRE(sender != nullptr);
  CHECK(sender->alias_of == "users");
  CHECK(sender->table == "users");
  CHECK(sender->label == "Sent by");
  CHECK(model->view("receiver")->label == "Receiver");
  CHECK(sender->dimension("short")->sql == "substr(${sender.name}, 1, 3)");
  CHECK(sender->measure("people")->filters[0].field == "sender.name");
  CHECK(model->relationships[0].on_sql == "${transfers.from_id} = ${sender.id}");
  CHECK(model->relationships[1].to_view == "receiver");
}

TEST_CASE("a derived table names the tables of other views", "[load]") {
  ModelFolder folder;
  folder.write("orders.view.yaml", "{}").write("daily.view.yaml", R"y(
sql: |
  select date(created_at) as day, count(*) as n from ${orders} group by 1
dimensions: {day: {type: date, primary_key: true}, n: {type: number}}
)y");
  const auto model = folder.load();
  CHECK(model->view("daily")->derived_sql == "select date(created_at) as day, count(*) as n from \"orders\" group by 1");
  CHECK(model->view("daily")->measures[0].name == "count");
}

TEST_CASE("a branch replaces files, adds files, and removes them by an empty one", "[load]") {
  ModelFolder folder;
  write_small_model(folder);
  folder.write_branch("views/orders.view", "label: Draft orders")
      .write_branch("views/users.view.yaml", "label: Draft users")
      .write_branch("users.topic.yaml", "base_view: users\njoins: {cities: {}}")
      .write_branch("orders.topic.yaml", "  \n");
  const auto base = folder.load();
  CHECK(base->view("orders")->label == "Orders");
  CHECK(base->topic("orders") != nullptr);
  const auto branch = folder.load(true);
  CHECK(branch->view("orders")->label == "Draft orders");
  CHECK(branch->view("users")->label == "Draft users");
  CHECK(branch->view("cities")->label == "Cities");
  CHECK(branch->topic("orders") == nullptr);
  CHECK(branch->topic("users") != nullptr);
}

TEST_CASE("a view that only relationships and topics name comes from the table", "[load]") {
  ModelFolder folder;
  folder.write("relationships.yaml", relationships)
      .write("orders.topic.yaml", "base_view: orders\njoins: {users: {cities: {}}}");
  const auto model = folder.load();
  CHECK(model->view("cities")->dimension("name") != nullptr);
  CHECK(model->view("cities")->measure("count") != nullptr);
  CHECK(model->view("items") == nullptr);
}

TEST_CASE("without topic files there is a topic for each view, joined along many to one", "[load]") {
  ModelFolder folder;
  folder.write("relationships.yaml", relationships).write("orders.view.yaml", "{}").write("users.view.yaml", "{}");
  const auto model = folder.load();
  REQUIRE(model->topic("orders") != nullptr);
  REQUIRE(model->topic("orders")->joins.size() == 1);
  CHECK(model->topic("orders")->joins[0].view == "users");
  CHECK(model->topic("users")->joins[0].view == "cities");
  CHECK(model->topic("cities")->joins.empty());
}

TEST_CASE("the model file gives topics their defaults and keeps tables out", "[load]") {
  ModelFolder folder;
  write_small_model(folder);
  folder.write("model.yaml", R"y(
access_grants: {staff: {user_attribute: team, allowed_values: [a, 2]}}
default_row_limit: 50
default_timeframes: [date, month]
default_topic_required_access_grants: [staff]
default_topic_access_filters: [{field: cities.name, user_attribute: city, values_for_unfiltered: [all]}]
)y");
  const auto model = folder.load();
  CHECK(model->topic("orders")->default_row_limit == 50);
  CHECK(model->topic("orders")->required_access_grants == std::vector<std::string>{"staff"});
  CHECK(model->view("orders")->dimension("created_at")->timeframes.size() == 2);
  REQUIRE(model->access_grants.size() == 1);
  CHECK(model->access_grants[0].allowed_values == std::vector<std::string>{"a", "2"});
  CHECK(model->default_topic_access_filters[0].values_for_unfiltered == std::vector<std::string>{"all"});

  folder.write("model.yaml", "ignored_views: [cities]");
  CHECK_THROWS_AS(folder.load(), analyst::ModelError);
}

TEST_CASE("a query without a topic observes the conditions of every topic that contains its view", "[load]") {
  ModelFolder folder;
  write_small_model(folder);
  folder.write("orders.topic.yaml",
               "base_view: orders\njoins: {users: {cities: {}}}\n"
               "access_filters: [{field: cities.name, user_attribute: city}]")
      .write("items.view.yaml", "{}");
  const auto model = folder.load();
  REQUIRE(model->view("orders")->access_filters.size() == 1);
  CHECK(model->view("orders")->access_filters[0].field == "cities.name");
  CHECK(model->view("items")->access_filters.empty());
}
