// Filters: each kind against SQL written by hand, and a negative filter as the exact complement of the positive one.

#include <catch2/catch.hpp>

#include "analyst/compile/shop.h"

using namespace analyst;
using analyst::test::Shop;

namespace {

// The ids of a view's rows that a filter lets through.
std::vector<std::string> ids(const Shop& shop, const std::string& view, const std::string& field,
                             const std::string& filter) {
  return shop.ask(R"({"table": ")" + view + R"(", "fields": [")" + view + R"(.id"], "filters": {")" + view + "." + field +
                  "\": " + filter + "}}");
}

std::vector<std::string> matching(const Shop& shop, const std::string& view, const std::string& condition) {
  return shop.sql("SELECT id FROM " + view + " WHERE " + condition + " ORDER BY id");
}

}  // namespace

TEST_CASE("each kind of filter lets through what the same condition in SQL does, and its negative the rest", "[filter]") {
  struct Row {
    std::string view, field, filter, sql;
  };
  const auto row = GENERATE(values<Row>({
      {"orders", "status", R"({"type":"string","kind":"EQUALS","values":["paid"]})", "status = 'paid'"},
      {"orders", "status", R"({"type":"string","kind":"EQUALS","values":["paid","shipped"]})",
       "status IN ('paid','shipped')"},
      {"orders", "status", R"({"type":"string","kind":"EQUALS","values":["PAID"]})", "1 = 0"},
      {"orders", "status", R"({"type":"string","kind":"CONTAINS","values":["AI"]})", "status = 'paid'"},
      {"orders", "status", R"({"type":"string","kind":"CONTAINS","values":["AI","hipp"]})", "status IN ('paid','shipped')"},
      {"orders", "status", R"({"type":"string","kind":"CONTAINS","values":["%"]})", "1 = 0"},
      {"orders", "status", R"({"type":"string","kind":"CONTAINS","values":["pa_d"]})", "1 = 0"},
      {"orders", "status", R"({"type":"string","kind":"STARTS_WITH","values":["p"]})", "status = 'paid'"},
      {"orders", "status", R"({"type":"string","kind":"STARTS_WITH","values":["aid"]})", "1 = 0"},
      {"orders", "status", R"({"type":"string","kind":"ENDS_WITH","values":["ed"]})", "status IN ('cancelled','shipped')"},
      {"orders", "status", R"({"type":"string","kind":"ENDS_WITH","values":["pai"]})", "1 = 0"},
      {"orders", "status", R"({"type":"string","kind":"IS_EMPTY"})", "status IS NULL"},
      {"orders", "status_code", R"({"type":"string","kind":"EQUALS","values":["S"]})", "status = 'shipped'"},
      {"orders", "shipping", R"({"type":"number","kind":"EQUALS","values":[5,7.0]})", "shipping IN (5, 7)"},
      {"orders", "shipping", R"({"type":"number","kind":"GREATER_THAN","values":[5]})", "shipping > 5"},
      {"orders", "shipping", R"({"type":"number","kind":"LESS_THAN","values":[5]})", "shipping < 5"},
      {"orders", "shipping", R"({"type":"number","kind":"BETWEEN","values":[4,6]})", "shipping BETWEEN 4 AND 6"},
      {"orders", "created_at", R"({"type":"date","kind":"ON","left_side":"2025-01-31"})",
       "created_at >= '2025-01-31 00:00:00' AND created_at < '2025-02-01 00:00:00'"},
      {"orders", "created_at", R"({"type":"date","kind":"BEFORE","left_side":"2025-01-01"})",
       "created_at < '2025-01-01 00:00:00'"},
      {"orders", "created_at", R"({"type":"date","kind":"ON_OR_AFTER","left_side":"2025-02"})",
       "created_at >= '2025-02-01 00:00:00'"},
      {"orders", "created_at", R"({"type":"date","kind":"BETWEEN","left_side":"2025-01","right_side":"2025-02-01"})",
       "created_at >= '2025-01-01 00:00:00' AND created_at < '2025-02-02 00:00:00'"},
      {"orders", "created_at",
       R"({"type":"date","kind":"TIME_FOR_INTERVAL_DURATION","left_side":"2 months ago","right_side":"2 months"})",
       "created_at >= '2025-01-01 00:00:00' AND created_at < '2025-03-01 00:00:00'"},
      {"orders", "created_at[month]", R"({"type":"date","kind":"ON","left_side":"2025-01-20"})",
       "created_at >= '2025-01-01 00:00:00' AND created_at < '2025-02-01 00:00:00'"},
      {"orders", "created_at[month]", R"({"type":"string","kind":"EQUALS","values":["2025-01"]})",
       "strftime('%Y-%m', created_at) = '2025-01'"},
      {"orders", "created_at[year]", R"({"type":"number","kind":"LESS_THAN","values":[2025]})",
       "created_at < '2025-01-01 00:00:00'"},
      {"orders", "created_at[hour_of_day]", R"({"type":"number","kind":"EQUALS","values":[23]})",
       "strftime('%H', created_at) = '23'"},
      {"orders", "created_at[day_of_week_name]", R"({"type":"string","kind":"EQUALS","values":["Sunday"]})",
       "strftime('%w', created_at) = '0'"},
      {"customers", "born", R"({"type":"date","kind":"ON","left_side":"1985"})", "born BETWEEN '1985-01-01' AND '1985-12-31'"},
      {"customers", "born", R"({"type":"date","kind":"ON_OR_AFTER","left_side":"2001-12-31"})", "born >= '2001-12-31'"},
      {"customers", "active", R"({"type":"boolean"})", "active = 1"},
      {"customers", "active", R"({"type":"boolean","values":[false]})", "active = 0"},
      {"customers", "active", R"({"type":"null"})", "active IS NULL"},
      {"customers", "country", R"({"type":"composite","conjunction":"OR","filters":[
          {"type":"null"},{"type":"string","kind":"EQUALS","values":["Japan"]}]})", "country IS NULL OR country = 'Japan'"},
      {"customers", "country", R"({"type":"composite","conjunction":"AND","filters":[
          {"type":"string","kind":"CONTAINS","values":["an"]},
          {"type":"string","kind":"EQUALS","values":["France"],"is_negative":true}]})",
       "country IN ('Germany','Japan')"},
  }));
  Shop shop;
  CAPTURE(row.filter);
  CHECK(ids(shop, row.view, row.field, row.filter) == matching(shop, row.view, row.sql));
  const std::string negative = row.filter.substr(0, row.filter.rfind('}')) + R"(,"is_negative":true})";
  CHECK(ids(shop, row.view, row.field, negative) == matching(shop, row.view, "(" + row.sql + ") IS NOT TRUE"));
}

TEST_CASE("filters on two fields must both hold", "[filter]") {
  Shop shop;
  CHECK(shop.ask(R"({"table": "orders", "fields": ["orders.id"], "filters": {
            "orders.status": {"type": "string", "kind": "EQUALS", "values": ["paid"]},
            "orders.shipping": {"type": "number", "kind": "LESS_THAN", "values": [5]}}})") ==
        std::vector<std::string>{"3", "6"});
}

TEST_CASE("a filter that does not fit its field is refused with its path", "[filter]") {
  Shop shop;
  const auto error = [&](const std::string& field, const std::string& filter) {
    return shop.error(R"({"table": "orders", "fields": ["orders.id"], "filters": {"orders.)" + field + "\": " + filter + "}}");
  };
  CHECK(error("shipping", R"({"type":"string","kind":"EQUALS","values":["5"]})") ==
        "filters.orders.shipping: a string filter does not fit, the field is a number");
  CHECK(error("status", R"({"type":"number","kind":"EQUALS","values":[5]})") ==
        "filters.orders.status: a number filter does not fit, the field is text");
  CHECK(error("status", R"({"type":"date","kind":"ON","left_side":"today"})") ==
        "filters.orders.status: a date filter does not fit, the field is text");
  CHECK(error("created_at[month_num]", R"({"type":"date","kind":"ON","left_side":"today"})").find("part of a date") !=
        std::string::npos);
  CHECK(error("created_at", R"({"type":"date","kind":"ON","left_side":"the day after"})").find(
            "filters.orders.created_at: \"the day after\" is not a date that is understood") == 0);
  CHECK(error("created_at", R"({"type":"string","kind":"EQUALS","values":["2025-01-05"]})").find("does not fit") !=
        std::string::npos);
  CHECK(error("stauts", R"({"type":"null"})") ==
        "filters.orders.stauts: there is no field \"orders.stauts\"; did you mean \"orders.status\"?");
}

TEST_CASE("a filter on a measure is over groups", "[filter]") {
  Shop shop;
  CHECK(shop.ask(R"({"table": "orders", "fields": ["orders.status"],
                     "filters": {"orders.order_count": {"type": "number", "kind": "GREATER_THAN", "values": [1]}}})") ==
        std::vector<std::string>{"paid"});
  // The same where the measure has a grain of its own.
  CHECK(shop.ask(R"({"table": "order_items", "join_paths_from_topic_name": "sales", "fields": ["products.category"],
                     "filters": {"orders.total_shipping": {"type": "number", "kind": "BETWEEN", "values": [11, 15]}}})") ==
        shop.sql("SELECT category FROM (SELECT DISTINCT p.category, o.id, o.shipping FROM order_items i LEFT JOIN orders o "
                 "ON o.id = i.order_id LEFT JOIN products p ON p.id = i.product_id) GROUP BY 1 "
                 "HAVING sum(shipping) BETWEEN 11 AND 15 ORDER BY 1 NULLS LAST"));
  CHECK(shop.ask(R"({"table": "orders", "fields": ["orders.order_count"],
                     "filters": {"orders.order_count": {"type": "number", "kind": "GREATER_THAN", "values": [7]}}})")
            .empty());
}

TEST_CASE("the filters of a measure limit that measure alone", "[filter]") {
  Shop shop;
  CHECK(shop.ask(R"({"table": "order_items", "join_paths_from_topic_name": "sales",
                     "fields": ["customers.country", "orders.paid_count", "orders.order_count", "order_items.big_revenue"],
                     "sorts": [{"column_name": "customers.country"}]})") ==
        shop.sql("SELECT c.country, count(DISTINCT CASE WHEN o.status = 'paid' THEN o.id END), count(DISTINCT o.id), "
                 "sum(CASE WHEN i.quantity >= 2 THEN i.price * i.quantity END) FROM order_items i "
                 "LEFT JOIN orders o ON o.id = i.order_id LEFT JOIN customers c ON c.id = o.customer_id "
                 "GROUP BY 1 ORDER BY 1 NULLS LAST"));
  CHECK(shop.ask(R"({"table": "customers", "fields": ["customers.active_count"]})") == std::vector<std::string>{"3"});
}

TEST_CASE("the filters of a model mean what they say at their limits", "[filter]") {
  using Operator = ModelFilter::Operator;
  struct Row {
    std::string field;
    Operator op;
    std::vector<Value> values;
    std::string sql;
  };
  const auto row = GENERATE(values<Row>({
      {"orders.shipping", Operator::greater_than, {std::int64_t{5}}, "shipping > 5"},
      {"orders.shipping", Operator::greater_than_or_equal_to, {std::int64_t{5}}, "shipping >= 5"},
      {"shipping", Operator::less_than, {5.0}, "shipping < 5"},
      {"shipping", Operator::less_than_or_equal_to, {std::int64_t{5}}, "shipping <= 5"},
      {"shipping", Operator::between, {std::int64_t{4}, std::int64_t{5}}, "shipping BETWEEN 4 AND 5"},
      {"shipping", Operator::is_not, {std::int64_t{5}}, "shipping <> 5"},
      {"status", Operator::is, {"paid", "shipped"}, "status IN ('paid', 'shipped')"},
      {"status", Operator::is, {"paid", std::monostate{}}, "status = 'paid' OR status IS NULL"},
      {"status", Operator::is, {std::monostate{}}, "status IS NULL"},
      {"status", Operator::is_not, {"paid"}, "status IS NOT 'paid'"},
      {"status", Operator::not_null, {}, "status IS NOT NULL"},
      {"status", Operator::contains, {"aid"}, "status = 'paid'"},
      {"status", Operator::starts_with, {"p"}, "status = 'paid'"},
      {"status", Operator::ends_with, {"d"}, "status IS NOT NULL"},
      {"created_at", Operator::is, {"2025-01"}, "created_at LIKE '2025-01%'"},
      {"created_at", Operator::is_not, {"2025-01"}, "created_at IS NULL OR created_at NOT LIKE '2025-01%'"},
      {"created_at", Operator::less_than, {"2025-02-01"}, "created_at < '2025-02-01'"},
      {"created_at", Operator::less_than_or_equal_to, {"2025-02-01"}, "created_at < '2025-02-02'"},
      {"created_at", Operator::greater_than, {"2025-01-31"}, "created_at >= '2025-02-01'"},
      {"created_at", Operator::greater_than_or_equal_to, {"2025-01-31"}, "created_at >= '2025-01-31'"},
      {"created_at", Operator::between, {"2025-01-31", "2025-02-01"},
       "created_at >= '2025-01-31' AND created_at < '2025-02-02'"},
  }));
  CAPTURE(row.sql);
  Shop shop;
  Topic topic{.name = "all_orders", .base_view = "orders", .always_where_filters = {{row.field, row.op, row.values}}};
  shop.model.topics.push_back(topic);
  CHECK(shop.ask(R"({"table": "orders", "join_paths_from_topic_name": "all_orders", "fields": ["orders.id"]})") ==
        matching(shop, "orders", row.sql));
}

TEST_CASE("a default filter applies until the query filters the same field", "[filter]") {
  Shop shop;
  shop.model.topics[0].default_filters = {{"orders.status", ModelFilter::Operator::is, {"paid"}}};
  const std::string start = R"({"table": "order_items", "join_paths_from_topic_name": "sales",
                                "fields": ["orders.order_count"])";
  CHECK(shop.ask(start + "}") == std::vector<std::string>{"4"});
  CHECK(shop.ask(start + R"(, "filters": {"orders.status": {"type": "string", "kind": "EQUALS", "values": ["shipped"]}}})") ==
        std::vector<std::string>{"1"});
  CHECK(shop.ask(start + R"(, "filters": {"products.category": {"type": "null", "is_negative": true}}})") ==
        std::vector<std::string>{"3"});
}

TEST_CASE("the conditions that a topic always has cannot be left out", "[filter]") {
  Shop shop;
  shop.model.topics[0].always_where_sql = "${orders.shipping} > 4 OR ${quantity} > 4";
  shop.model.topics[0].always_where_filters = {{"orders.status", ModelFilter::Operator::is_not, {"cancelled"}}};
  shop.model.topics[0].always_having_filters = {{"line_count", ModelFilter::Operator::greater_than, {std::int64_t{1}}}};
  CHECK(shop.ask(R"({"table": "order_items", "join_paths_from_topic_name": "sales",
                     "fields": ["orders.id", "order_items.line_count"],
                     "filters": {"orders.status": {"type": "string", "kind": "EQUALS",
                                                   "values": ["paid", "shipped", "cancelled"]}}})") ==
        shop.sql("SELECT o.id, count(*) FROM order_items i JOIN orders o ON o.id = i.order_id "
                 "WHERE (o.shipping > 4 OR i.quantity > 4) AND o.status IN ('paid', 'shipped') "
                 "GROUP BY 1 HAVING count(*) > 1 ORDER BY 2 DESC, 1"));
}
