// Right numbers across joins: whatever is joined, a measure is over the rows of its own view, each once in a group.
// Every result is held against SQL written by hand.

#include <catch2/catch.hpp>

#include "analyst/compile/shop.h"

using analyst::test::Shop;

TEST_CASE("a measure of the base view is a plain aggregate", "[grain]") {
  Shop shop;
  CHECK(shop.ask(R"({"table": "order_items", "join_paths_from_topic_name": "sales",
                     "fields": ["products.category", "order_items.revenue", "order_items.line_count"]})") ==
        shop.sql("SELECT p.category, sum(i.price * i.quantity), count(*) FROM order_items i "
                 "LEFT JOIN products p ON p.id = i.product_id GROUP BY 1 ORDER BY 2 DESC, 1"));
}

TEST_CASE("orders asked for over their lines are counted once each", "[grain]") {
  Shop shop;
  CHECK(shop.ask(R"({"table": "order_items", "join_paths_from_topic_name": "sales",
                     "fields": ["orders.order_count"]})") == std::vector<std::string>{"7"});
  CHECK(shop.ask(R"({"table": "order_items", "join_paths_from_topic_name": "sales",
                     "fields": ["products.category", "orders.order_count"]})") ==
        shop.sql("SELECT p.category, count(DISTINCT i.order_id) AS n FROM order_items i "
                 "LEFT JOIN products p ON p.id = i.product_id GROUP BY 1 ORDER BY n DESC, 1 NULLS LAST"));
}

TEST_CASE("customers by product category are counted once in each category", "[grain]") {
  Shop shop;
  CHECK(shop.ask(R"({"table": "order_items", "join_paths_from_topic_name": "sales",
                     "fields": ["products.category", "customers.customer_count"]})") ==
        shop.sql("SELECT p.category, count(DISTINCT o.customer_id) AS n FROM order_items i "
                 "LEFT JOIN products p ON p.id = i.product_id LEFT JOIN orders o ON o.id = i.order_id "
                 "GROUP BY 1 ORDER BY n DESC, 1 NULLS LAST"));
}

TEST_CASE("a sum of the one side is not inflated by its lines", "[grain]") {
  Shop shop;
  CHECK(shop.ask(R"({"table": "order_items", "join_paths_from_topic_name": "sales",
                     "fields": ["orders.total_shipping", "orders.average_shipping", "products.total_cost",
                                "order_items.revenue"]})") ==
        shop.sql("SELECT (SELECT sum(shipping) FROM orders), (SELECT avg(shipping) FROM orders), "
                 "(SELECT sum(cost) FROM products WHERE id <> 5), (SELECT sum(price * quantity) FROM order_items)"));
  CHECK(shop.ask(R"({"table": "order_items", "join_paths_from_topic_name": "sales",
                     "fields": ["customers.country", "orders.total_shipping", "products.total_cost",
                                "order_items.items_sold"]})") ==
        shop.sql("WITH j AS (SELECT c.country, o.id AS o, o.shipping, p.id AS p, p.cost, i.quantity FROM order_items i "
                 "LEFT JOIN orders o ON o.id = i.order_id LEFT JOIN customers c ON c.id = o.customer_id "
                 "LEFT JOIN products p ON p.id = i.product_id) "
                 "SELECT g.country, (SELECT sum(shipping) FROM (SELECT DISTINCT o, shipping FROM j WHERE country IS "
                 "g.country)) AS s, (SELECT sum(cost) FROM (SELECT DISTINCT p, cost FROM j WHERE country IS g.country)), "
                 "(SELECT sum(quantity) FROM j WHERE country IS g.country) FROM (SELECT DISTINCT country FROM j) g "
                 "ORDER BY s DESC, 1 NULLS LAST"));
}

TEST_CASE("a median of the one side is over its rows, not over its lines", "[grain]") {
  Shop shop;
  // Shipping is 2 3 4 5 6 7 9, each once.
  CHECK(shop.ask(R"({"table": "order_items", "join_paths_from_topic_name": "sales",
                     "fields": ["orders.median_shipping"]})") == std::vector<std::string>{"5.0"});
  // Prices are 8 12 18 20 35 38 40 45 50 50 55.
  CHECK(shop.ask(R"({"table": "order_items", "join_paths_from_topic_name": "sales",
                     "fields": ["order_items.median_price", "order_items.p90_price"]})") ==
        std::vector<std::string>{"38.0|50.0"});
  // By category: Shoes 18 20 50 50 55, Bags 35 38 40 45, the cap 8 and the line without a product 12.
  CHECK(shop.ask(R"({"table": "order_items", "join_paths_from_topic_name": "sales",
                     "fields": ["products.category", "order_items.median_price"]})") ==
        std::vector<std::string>{"Shoes|50.0", "Bags|39.0", "-|10.0"});
}

TEST_CASE("measures made of measures of different grains", "[grain]") {
  Shop shop;
  CHECK(shop.ask(R"({"table": "order_items", "join_paths_from_topic_name": "sales",
                     "fields": ["orders.status", "orders.average_order_value", "order_items.margin"]})") ==
        shop.sql("SELECT o.status, 1.0 * sum(i.price * i.quantity) / count(DISTINCT o.id) AS v, "
                 "1.0 * sum((i.price - p.cost) * i.quantity) / sum(i.price * i.quantity) FROM order_items i "
                 "LEFT JOIN orders o ON o.id = i.order_id LEFT JOIN products p ON p.id = i.product_id "
                 "GROUP BY 1 ORDER BY v DESC"));
}

TEST_CASE("a division of whole numbers is a division of real ones", "[grain]") {
  Shop shop;
  // 19 items in 7 orders; the halves of 19.
  CHECK(shop.ask(R"({"table": "order_items", "join_paths_from_topic_name": "sales",
                     "fields": ["orders.items_per_order", "order_items.half"]})") ==
        shop.sql("SELECT 19 / 7.0, 9.5"));
}

TEST_CASE("a filter on the many side asks whether there is such a row", "[grain]") {
  Shop shop;
  // Orders 1, 3 and 6 hold a bag; order 3 holds two lines of them. Their shipping is 5 + 4 + 2.
  CHECK(shop.ask(R"({"table": "order_items", "join_paths_from_topic_name": "sales",
                     "fields": ["orders.bag_orders", "orders.bag_shipping", "orders.order_count"]})") ==
        std::vector<std::string>{"3|11|7"});
}

TEST_CASE("a sum over finer rows than its own view is over the finer rows", "[grain]") {
  Shop shop;
  const std::vector<std::string> total = shop.sql("SELECT sum(price * quantity) FROM order_items");
  CHECK(shop.ask(R"({"table": "order_items", "join_paths_from_topic_name": "sales", "fields": ["orders.line_total"]})") ==
        total);
  // From the customers down, the lines are repeated by the tickets of their customer.
  CHECK(shop.ask(R"({"table": "customers", "join_paths_from_topic_name": "journeys",
                     "fields": ["orders.line_total", "tickets.ticket_count"],
                     "filters": {"customers.name": {"type": "string", "kind": "EQUALS", "values": ["Ann"]}}})") ==
        std::vector<std::string>{"210|2"});
}

TEST_CASE("two fact tables in one query do not multiply each other", "[grain]") {
  Shop shop;
  CHECK(shop.ask(R"({"table": "customers", "join_paths_from_topic_name": "journeys",
                     "fields": ["customers.name", "orders.total_shipping", "tickets.total_minutes",
                                "tickets.average_minutes", "orders.order_count", "tickets.ticket_count",
                                "customers.customer_count"]})") ==
        shop.sql("SELECT c.name, (SELECT sum(shipping) FROM orders WHERE customer_id = c.id) AS s, "
                 "(SELECT sum(minutes) FROM tickets WHERE customer_id = c.id), "
                 "(SELECT avg(minutes) FROM tickets WHERE customer_id = c.id), "
                 "(SELECT count(*) FROM orders WHERE customer_id = c.id), "
                 "(SELECT count(*) FROM tickets WHERE customer_id = c.id), 1 "
                 "FROM customers c ORDER BY s DESC NULLS LAST, 1"));
  CHECK(shop.ask(R"({"table": "customers", "join_paths_from_topic_name": "journeys",
                     "fields": ["order_items.revenue", "orders.total_shipping", "tickets.total_minutes",
                                "customers.customer_count"]})") ==
        shop.sql("SELECT (SELECT sum(price * quantity) FROM order_items WHERE order_id <> 6), "
                 "(SELECT sum(shipping) FROM orders WHERE customer_id IS NOT NULL), (SELECT sum(minutes) FROM tickets), "
                 "(SELECT count(*) FROM customers)"));
}

TEST_CASE("two fact tables are read apart, since joined they would multiply", "[grain]") {
  Shop shop;
  const std::string sql = shop.compiled(R"({"table": "customers", "join_paths_from_topic_name": "journeys",
    "fields": ["customers.name", "orders.total_shipping", "tickets.total_minutes"]})")
                              .statement.sql;
  const std::size_t second = sql.find("_rows_2");
  REQUIRE(second != std::string::npos);
  CHECK(sql.substr(0, second).find("\"tickets\"") == std::string::npos);
  CHECK(sql.substr(second).find("JOIN \"orders\"") == std::string::npos);
  // What lies on one path is read together.
  CHECK(shop.compiled(R"({"table": "customers", "join_paths_from_topic_name": "journeys",
    "fields": ["customers.customer_count", "orders.order_count", "order_items.revenue"]})")
            .statement.sql.find("WITH") == std::string::npos);
}

TEST_CASE("a composite primary key tells rows apart by all its columns", "[grain]") {
  Shop shop;
  // Boots lie in two places, ten pieces in each, and have three lines.
  CHECK(shop.ask(R"({"table": "products", "join_paths_from_topic_name": "shelves",
                     "fields": ["products.name", "stock.total_pieces", "stock.stock_count", "order_items.line_count"],
                     "sorts": [{"column_name": "products.name"}]})") ==
        std::vector<std::string>{"Boot|20|2|3", "Cap|-|0|1", "Sandal|4|1|2", "Tote|0|1|4", "Unsold|-|0|0"});
}

TEST_CASE("what an outer join leaves empty is not counted", "[grain]") {
  Shop shop;
  // Order 6 has no customer, order 7 no product.
  CHECK(shop.ask(R"({"table": "order_items", "join_paths_from_topic_name": "sales",
                     "fields": ["orders.status", "customers.customer_count", "products.product_count"],
                     "sorts": [{"column_name": "orders.status"}]})") ==
        std::vector<std::string>{"cancelled|1|1", "paid|3|3", "shipped|1|2", "-|1|1"});
}

TEST_CASE("a question about one view alone starts from that view", "[grain]") {
  Shop shop;
  shop.user.attributes.clear();
  CHECK(shop.ask(R"({"table": "customers", "fields": ["customers.customer_count"]})") == std::vector<std::string>{"5"});
  CHECK(shop.ask(R"({"table": "order_items", "fields": ["order_items.profit"]})") ==
        shop.sql("SELECT sum((i.price - p.cost) * i.quantity) FROM order_items i JOIN products p ON p.id = i.product_id"));
  CHECK(shop.error(R"({"table": "customers", "fields": ["customers.name", "orders.order_count"]})") ==
        "fields[1]: orders.order_count is not in the view customers; name a topic that has both in "
        "join_paths_from_topic_name");
}

TEST_CASE("a repeated grain without a primary key is an error that says so", "[grain]") {
  Shop shop;
  CHECK(shop.ask(R"({"table": "visits", "fields": ["visits.visit_count", "visits.total_pages"]})") ==
        std::vector<std::string>{"3|13"});
  // Beside orders, which do not repeat them, and by the status of orders, which does.
  CHECK(shop.ask(R"({"table": "customers", "join_paths_from_topic_name": "journeys",
                     "fields": ["orders.order_count", "visits.total_pages"]})") == std::vector<std::string>{"6|13"});
  const auto error = [&](const std::string& measure) {
    return shop.error(R"({"table": "customers", "join_paths_from_topic_name": "journeys",
                          "fields": ["orders.status", "visits.)" + measure + "\"]}");
  };
  CHECK(error("total_pages").find("visits has no primary key in the model") != std::string::npos);
  CHECK(error("visit_count").find("visits has no primary key in the model") != std::string::npos);
  // The largest of repeated rows is the largest of the rows.
  CHECK(shop.ask(R"({"table": "customers", "join_paths_from_topic_name": "journeys",
                     "fields": ["orders.order_count", "visits.most_pages"]})") == std::vector<std::string>{"6|7"});
}

TEST_CASE("a join that is not needed is not made", "[grain]") {
  Shop shop;
  const std::string sql = shop.compiled(R"({"table": "order_items", "join_paths_from_topic_name": "sales",
                                            "fields": ["orders.status", "order_items.revenue"]})")
                              .statement.sql;
  CHECK(sql.find("\"orders\"") != std::string::npos);
  CHECK(sql.find("customers") == std::string::npos);
  CHECK(sql.find("products") == std::string::npos);
}
