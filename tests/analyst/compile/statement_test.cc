// The text of the statement for a few shapes, and the columns that come with it.

#include <catch2/catch.hpp>

#include "analyst/compile/shop.h"

using namespace analyst;
using analyst::test::Shop;

TEST_CASE("a flat question is a flat statement", "[statement]") {
  Shop shop;
  const CompiledQuery compiled = shop.compiled(R"({
    "table": "order_items", "join_paths_from_topic_name": "sales",
    "fields": ["products.name", "order_items.revenue", "orders.order_count"],
    "filters": {"products.category": {"type": "string", "kind": "EQUALS", "values": ["Shoes", "Bags"]},
                "order_items.revenue": {"type": "number", "kind": "GREATER_THAN", "values": [50]}},
    "sorts": [{"column_name": "order_items.revenue", "sort_descending": true}], "limit": 5})");
  CHECK(compiled.statement.sql ==
        "SELECT\n"
        "  \"products\".\"name\" AS \"products.name\",\n"
        "  SUM((\"order_items\".\"price\" * \"order_items\".\"quantity\")) AS \"order_items.revenue\",\n"
        "  COUNT(DISTINCT \"orders\".\"id\") AS \"orders.order_count\"\n"
        "FROM \"order_items\"\n"
        "LEFT JOIN \"orders\" ON \"order_items\".\"order_id\" = \"orders\".\"id\"\n"
        "LEFT JOIN \"products\" ON \"order_items\".\"product_id\" = \"products\".\"id\"\n"
        "WHERE \"products\".\"category\" IN (?1, ?2)\n"
        "GROUP BY 1\n"
        "HAVING SUM((\"order_items\".\"price\" * \"order_items\".\"quantity\")) > ?3\n"
        "ORDER BY 2 DESC NULLS LAST, 1 NULLS LAST\n"
        "LIMIT ?4");
  CHECK(compiled.statement.values ==
        std::vector<Value>{"Shoes", "Bags", std::int64_t{50}, std::int64_t{5}});
}

TEST_CASE("grains that a join repeats are aggregated apart", "[statement]") {
  Shop shop;
  const CompiledQuery compiled = shop.compiled(R"({
    "table": "order_items", "join_paths_from_topic_name": "sales",
    "fields": ["products.category", "orders.total_shipping", "order_items.line_count"]})");
  CHECK(compiled.statement.sql ==
        "WITH _rows_1 AS (\n"
        "  SELECT \"products\".\"category\" AS k1, (\"orders\".\"shipping\") AS v1, \"orders\".\"id\" AS p1_1\n"
        "FROM \"order_items\"\n"
        "LEFT JOIN \"orders\" ON \"order_items\".\"order_id\" = \"orders\".\"id\"\n"
        "LEFT JOIN \"products\" ON \"order_items\".\"product_id\" = \"products\".\"id\"),\n"
        "_groups AS (SELECT k1, COUNT(*) AS a2 FROM _rows_1 GROUP BY k1),\n"
        "_grain_1 AS (SELECT k1, MAX(v1) AS v1 FROM _rows_1 WHERE p1_1 IS NOT NULL GROUP BY k1, p1_1),\n"
        "_part_1 AS (SELECT k1, SUM(v1) AS a1 FROM _grain_1 GROUP BY k1)\n"
        "SELECT\n"
        "  _groups.k1 AS \"products.category\",\n"
        "  _part_1.a1 AS \"orders.total_shipping\",\n"
        "  _groups.a2 AS \"order_items.line_count\"\n"
        "FROM _groups\n"
        "LEFT JOIN _part_1 ON _groups.k1 IS _part_1.k1\n"
        "ORDER BY 2 DESC NULLS LAST, 1 NULLS LAST\n"
        "LIMIT ?1");
}

TEST_CASE("columns carry labels and types, and equal labels are told apart", "[statement]") {
  Shop shop;
  const auto columns = shop.compiled(R"({"table": "order_items", "join_paths_from_topic_name": "sales",
    "fields": ["customers.name", "regions.name", "orders.status", "orders.created_at[month]", "orders.created_at",
               "orders.created_at[month_num]", "orders.latest", "order_items.revenue", "customers.countries"]})")
                           .columns;
  REQUIRE(columns.size() == 9);
  CHECK(columns[0].label == "Customers Name");
  CHECK(columns[1].label == "Regions Name");
  CHECK(columns[2].label == "Order status");
  CHECK(columns[3].label == "created_at month");
  CHECK(columns[3].type == ValueType::date);
  CHECK(columns[4].type == ValueType::timestamp);
  CHECK(columns[5].type == ValueType::number);
  CHECK(columns[6].type == ValueType::timestamp);
  CHECK(columns[7].is_measure);
  CHECK_FALSE(columns[2].is_measure);
  CHECK(columns[8].type == ValueType::text);
}

TEST_CASE("without a sort, time runs forward, or the largest comes first", "[statement]") {
  Shop shop;
  CHECK(shop.ask(R"({"table": "orders", "fields": ["orders.order_count", "orders.created_at[month]"]})") ==
        std::vector<std::string>{"1|2024-12", "2|2025-01", "1|2025-02", "2|2025-03", "1|-"});
  CHECK(shop.ask(R"({"table": "orders", "fields": ["orders.status", "orders.order_count"]})") ==
        std::vector<std::string>{"paid|4", "cancelled|1", "shipped|1", "-|1"});
  CHECK(shop.ask(R"({"table": "orders", "fields": ["orders.status"]})") ==
        std::vector<std::string>{"cancelled", "paid", "shipped", "-"});
}

TEST_CASE("what is null comes last in either direction", "[statement]") {
  Shop shop;
  CHECK(shop.ask(R"({"table": "orders", "fields": ["orders.status"],
                     "sorts": [{"column_name": "orders.status", "sort_descending": true}]})") ==
        std::vector<std::string>{"shipped", "paid", "cancelled", "-"});
}

TEST_CASE("names of days and months sort by the calendar", "[statement]") {
  Shop shop;
  CHECK(shop.ask(R"({"table": "orders", "fields": ["orders.created_at[day_of_week_name]"]})") ==
        std::vector<std::string>{"Monday", "Tuesday", "Wednesday", "Friday", "Saturday", "Sunday", "-"});
  CHECK(shop.ask(R"({"table": "orders", "fields": ["orders.created_at[month_name]", "orders.median_shipping"]})") ==
        std::vector<std::string>{"January|6.0", "February|4.0", "March|5.5", "December|3.0", "-|6.0"});
}

TEST_CASE("the limit is a bound value with both its ends checked", "[statement]") {
  Shop shop;
  CHECK(shop.ask(R"({"table": "orders", "fields": ["orders.id"], "limit": 2})") == std::vector<std::string>{"1", "2"});
  SemanticQuery query = test::query_of(R"({"table": "orders", "fields": ["orders.id"]})");
  query.limit = query_limit_max + 1;
  CHECK(shop.ask(query).size() == 7);
  query.limit = query_limit_max + 2;
  CHECK_THROWS_AS(shop.ask(query), Error);
  query.limit = 0;
  CHECK_THROWS_AS(shop.ask(query), Error);
}

TEST_CASE("an unknown name is answered with the nearest one", "[statement]") {
  Shop shop;
  CHECK(shop.error(R"({"table": "orders", "fields": ["orders.order_cuont"]})") ==
        "fields[0]: there is no field \"orders.order_cuont\"; did you mean \"orders.order_count\"?");
  CHECK(shop.error(R"({"table": "ordesr", "fields": ["orders.id"]})") ==
        "table: there is no view \"ordesr\"; did you mean \"orders\"?");
  CHECK(shop.error(R"({"table": "order_items", "join_paths_from_topic_name": "slaes", "fields": ["orders.id"]})") ==
        "join_paths_from_topic_name: there is no topic \"slaes\"; did you mean \"sales\"?");
  CHECK(shop.error(R"({"table": "orders", "fields": ["orders.id"],
                       "sorts": [{"column_name": "orders.status"}]})") ==
        "sorts[0].column_name: \"orders.status\" is not among the fields of the query");
  CHECK(shop.error(R"({"table": "orders", "join_paths_from_topic_name": "sales", "fields": ["orders.id"]})") ==
        "table: the topic sales starts from order_items, not from \"orders\"");
  CHECK(shop.error(R"({"table": "orders", "fields": ["orders.id", "orders.id"]})") ==
        "fields[1]: orders.id is there twice");
  CHECK(shop.error(R"({"table": "orders", "fields": ["orders.status[month]"]})") ==
        "fields[0]: orders.status is neither a date nor a time: it has no timeframes");
}

TEST_CASE("a topic's list of fields is all that a query of it may name", "[statement]") {
  Shop shop;
  shop.model.topics[0].fields = {"order_items.*", "orders.status", "-order_items.profit"};
  CHECK(shop.error(R"({"table": "order_items", "join_paths_from_topic_name": "sales",
                       "fields": ["orders.status", "order_items.revenue"]})")
            .empty());
  CHECK(shop.error(R"({"table": "order_items", "join_paths_from_topic_name": "sales",
                       "fields": ["order_items.profit"]})") ==
        "fields[0]: order_items.profit is not in the topic sales");
}

TEST_CASE("timeframes that a field does not offer are refused", "[statement]") {
  Shop shop;
  for (View& view : shop.model.views) {
    for (Dimension& dimension : view.dimensions) {
      if (dimension.name == "created_at") dimension.timeframes = {Timeframe::month, Timeframe::year};
    }
  }
  CHECK(shop.error(R"({"table": "orders", "fields": ["orders.created_at[month]"]})").empty());
  CHECK(shop.error(R"({"table": "orders", "fields": ["orders.created_at[week]"]})") ==
        "fields[0]: orders.created_at is offered by month, year");
}
