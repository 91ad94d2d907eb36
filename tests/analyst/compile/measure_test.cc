// The aggregates, each against SQL or arithmetic done by hand, and models whose measures cannot be computed.

#include <catch2/catch.hpp>

#include "analyst/compile/shop.h"

using namespace analyst;
using analyst::test::Shop;

namespace {

std::string one(const Shop& shop, const std::string& view, const std::string& measure, const std::string& topic = {}) {
  const auto rows = shop.ask(R"({"table": ")" + view + R"(", "join_paths_from_topic_name": ")" + topic +
                             R"(", "fields": [")" + measure + "\"]}");
  return rows.size() == 1 ? rows[0] : std::to_string(rows.size()) + " rows";
}

View& view_of(Shop& shop, const std::string& name) {
  for (View& view : shop.model.views) {
    if (view.name == name) return view;
  }
  throw std::logic_error("no view");
}

Measure made(std::string name, std::optional<Aggregate> aggregate, std::string sql) {
  Measure measure;
  measure.name = std::move(name);
  measure.aggregate = aggregate;
  measure.sql = std::move(sql);
  return measure;
}

}  // namespace

TEST_CASE("every aggregate over one view", "[measure]") {
  Shop shop;
  CHECK(one(shop, "order_items", "order_items.line_count") == "11");
  CHECK(one(shop, "order_items", "order_items.items_sold") == "19");
  CHECK(one(shop, "order_items", "order_items.product_variety") == "4");
  CHECK(one(shop, "order_items", "order_items.average_price") == shop.sql("SELECT avg(price) FROM order_items")[0]);
  CHECK(one(shop, "orders", "orders.latest") == "2025-03-12 08:00:00");
  CHECK(one(shop, "customers", "customers.first_born") == "1985-01-31");
  CHECK(one(shop, "customers", "customers.countries") == "France, Germany, Japan");
  // 5, 10, 20, 30, 99
  CHECK(one(shop, "products", "products.median_cost") == "20.0");
}

TEST_CASE("a percentile interpolates between its neighbours", "[measure]") {
  Shop shop;
  shop.execute("DELETE FROM order_items; INSERT INTO order_items(id, price) VALUES (1, 10), (2, 20)");
  CHECK(one(shop, "order_items", "order_items.median_price") == "15.0");
  CHECK(one(shop, "order_items", "order_items.p90_price") == "19.0");
  shop.execute("INSERT INTO order_items(id, price) VALUES (3, NULL), (4, 40)");
  CHECK(one(shop, "order_items", "order_items.median_price") == "20.0");
  CHECK(one(shop, "order_items", "order_items.p90_price") == "36.0");
  shop.execute("DELETE FROM order_items WHERE id <> 4");
  CHECK(one(shop, "order_items", "order_items.p90_price") == "40.0");
}

TEST_CASE("over no rows a count is zero and the others are null", "[measure]") {
  Shop shop;
  shop.execute("DELETE FROM order_items");
  CHECK(shop.ask(R"({"table": "order_items", "join_paths_from_topic_name": "sales",
                     "fields": ["order_items.line_count", "order_items.revenue", "orders.order_count",
                                "orders.total_shipping", "orders.median_shipping", "order_items.margin",
                                "customers.countries"]})") == std::vector<std::string>{"0|-|0|-|-|-|-"});
  CHECK(shop.ask(R"({"table": "order_items", "join_paths_from_topic_name": "sales",
                     "fields": ["orders.status", "orders.total_shipping"]})")
            .empty());
}

TEST_CASE("a list has each value once, in order, for each group", "[measure]") {
  Shop shop;
  CHECK(shop.ask(R"({"table": "order_items", "join_paths_from_topic_name": "sales",
                     "fields": ["products.category", "customers.countries"],
                     "sorts": [{"column_name": "products.category"}]})") ==
        std::vector<std::string>{"Bags|France, Germany", "Shoes|Germany, Japan", "-|Japan"});
}

TEST_CASE("a boolean and a negative amount survive being told apart", "[measure]") {
  Shop shop;
  shop.execute("UPDATE orders SET shipping = -shipping");
  CHECK(one(shop, "order_items", "orders.total_shipping", "sales") == "-36");
  CHECK(one(shop, "order_items", "orders.average_shipping", "sales") == shop.sql("SELECT avg(shipping) FROM orders")[0]);
}

TEST_CASE("measures that the model cannot mean are errors, not numbers", "[measure]") {
  Shop shop;
  View& orders = view_of(shop, "orders");
  orders.measures.push_back(made("of_measure", Aggregate::sum, "${order_count}"));
  orders.measures.push_back(made("bare", std::nullopt, "${shipping} + 1"));
  orders.measures.push_back(made("circle", std::nullopt, "${circle} + 1"));
  orders.measures.push_back(made("gone", Aggregate::sum, "${no_such_field}"));
  orders.measures.push_back(made("nothing", Aggregate::sum, ""));
  const auto error = [&](const std::string& name) {
    return shop.error(R"({"table": "orders", "fields": ["orders.)" + name + "\"]}");
  };
  CHECK(error("of_measure") == "The model uses the measure orders.order_count where a dimension must stand.");
  CHECK(error("bare").find("without an aggregate") != std::string::npos);
  CHECK(error("circle").find("in a circle") != std::string::npos);
  CHECK(error("gone") == "The model refers to a field that does not exist for this user.");
  CHECK(error("nothing").find("has no sql") != std::string::npos);
}

TEST_CASE("dimensions that refer to each other in a circle are an error", "[measure]") {
  Shop shop;
  View& orders = view_of(shop, "orders");
  Dimension a, b;
  a.name = "a";
  a.sql = "${b} || ${b}";
  b.name = "b";
  b.sql = "${a} || ${a}";
  orders.dimensions.push_back(a);
  orders.dimensions.push_back(b);
  CHECK_FALSE(shop.error(R"({"table": "orders", "fields": ["orders.a"]})").empty());
}

TEST_CASE("a view may be another table, a piece of SQL, or the same table again", "[measure]") {
  Shop shop;
  View& tickets = view_of(shop, "tickets");
  tickets.table = "tickets";
  tickets.schema = "main";
  CHECK(one(shop, "tickets", "tickets.total_minutes") == "65");
  tickets.derived_sql = "SELECT id, customer_id, kind, minutes * 2 AS minutes FROM tickets -- twice";
  CHECK(one(shop, "tickets", "tickets.total_minutes") == "130");

  View again = view_of(shop, "products");
  again.name = "parts";
  again.alias_of = "products";
  shop.model.views.push_back(again);
  CHECK(one(shop, "parts", "parts.product_count") == "5");
}

TEST_CASE("relationships may be inner, full or crossed, and carry a condition", "[measure]") {
  Shop shop;
  const auto set = [&](JoinType type, Cardinality cardinality, std::string where) {
    for (Relationship& relationship : shop.model.relationships) {
      if (relationship.to_view != "products" || relationship.from_view != "order_items") continue;
      relationship.join_type = type;
      relationship.cardinality = cardinality;
      relationship.where_sql = std::move(where);
    }
  };
  const char* query = R"({"table": "order_items", "join_paths_from_topic_name": "sales",
    "fields": ["products.product_count", "products.total_cost", "order_items.line_count", "order_items.items_sold"]})";
  CHECK(shop.ask(query) == std::vector<std::string>{"4|65|11|19"});
  set(JoinType::inner, Cardinality::many_to_one, "");
  CHECK(shop.ask(query) == std::vector<std::string>{"4|65|10|18"});
  // The product that was never sold appears; it is not a line.
  set(JoinType::full_outer, Cardinality::many_to_one, "");
  CHECK(shop.ask(query) == std::vector<std::string>{"5|164|11|19"});
  set(JoinType::inner, Cardinality::many_to_one, "${products.category} = 'Shoes'");
  CHECK(shop.ask(query) == std::vector<std::string>{"2|40|5|7"});
  set(JoinType::cross, Cardinality::many_to_many, "");
  CHECK(shop.ask(query) == std::vector<std::string>{"5|164|11|19"});
}
