// A follow-up changes one thing of the question before and keeps the rest.
#include <array>
#include <catch2/catch.hpp>

#include "plan/ask.h"

using shop_test::talk;

TEST_CASE("another group takes the place of the one before", "[follow-ups]") {
  CHECK(talk({"revenue from shoes in Germany by month this year", "and by region?"}) ==
        "sales: regions.name, order_items.revenue | products.category = Shoes | customers.country = Germany | "
        "orders.created_at = 2026-01-01 + 12 months | by "
        "order_items.revenue desc, regions.name");
  CHECK(talk({"revenue by region", "also by channel"}) ==
        "sales: regions.name, orders.channel, order_items.revenue | by order_items.revenue desc, regions.name, "
        "orders.channel");
  CHECK(talk({"revenue by month and region in 2025", "by week instead"}) ==
        "sales: orders.created_at[week], regions.name, order_items.revenue | orders.created_at = 2025-01-01 + 12 "
        "months | by orders.created_at[week], regions.name");
  CHECK(talk({"revenue by month and region in 2025", "by country"}) ==
        "sales: orders.created_at[month], customers.country, order_items.revenue | orders.created_at = 2025-01-01 + 12 "
        "months | by orders.created_at[month], "
        "customers.country");
}

TEST_CASE("a condition is added, or replaces the one on the same field", "[follow-ups]") {
  CHECK(talk({"revenue by category", "only for Germany"}) ==
        "sales: products.category, order_items.revenue | customers.country = Germany | by order_items.revenue desc, "
        "products.category");
  CHECK(talk({"revenue in Germany", "and in France?"}) == "sales: order_items.revenue | customers.country = France");
  CHECK(talk({"revenue in Germany", "also France"}) ==
        "sales: order_items.revenue | customers.country = Germany|France");
  CHECK(talk({"revenue by region", "without cancelled"}) ==
        "sales: regions.name, order_items.revenue | orders.status != cancelled | by order_items.revenue desc, "
        "regions.name");
  CHECK(talk({"revenue in Germany", "France instead of Germany"}) ==
        "sales: order_items.revenue | customers.country = France");
}

TEST_CASE("another time takes the place of the one before", "[follow-ups]") {
  CHECK(talk({"revenue by region this year", "what about last year?"}) ==
        "sales: regions.name, order_items.revenue | orders.created_at = 2025-01-01 + 12 months | by "
        "order_items.revenue desc, regions.name");
  CHECK(talk({"revenue last month", "compared to the month before?"}) ==
        "sales: order_items.revenue | orders.created_at = 2026-10-01 + 1 month vs = 2026-09-01 + 1 month");
  CHECK(talk({"revenue last month", "of all time"}) == "sales: order_items.revenue");
}

TEST_CASE("another measure, rank or order takes the place of the one before", "[follow-ups]") {
  CHECK(talk({"revenue by region this year", "as orders instead of revenue"}) ==
        "sales: regions.name, orders.order_count | orders.created_at = 2026-01-01 + 12 months | by orders.order_count "
        "desc, regions.name");
  CHECK(talk({"revenue by region", "what about profit?"}) ==
        "sales: regions.name, order_items.profit | by order_items.profit desc, regions.name");
  CHECK(talk({"revenue by region", "and profit"}) ==
        "sales: regions.name, order_items.revenue, order_items.profit | by order_items.revenue desc, regions.name");
  CHECK(talk({"top 5 products by revenue", "top 10 instead"}) ==
        "sales: products.name, order_items.revenue | by order_items.revenue desc, products.name | 10");
  CHECK(talk({"revenue by region", "lowest first"}) ==
        "sales: regions.name, order_items.revenue | by order_items.revenue, regions.name");
}

TEST_CASE("a question that measures something of its own starts afresh", "[follow-ups]") {
  CHECK(talk({"revenue from shoes in Germany", "how many orders last month"}) ==
        "orders: orders.order_count | orders.created_at = 2026-10-01 + 1 month");
}

TEST_CASE("a question that was not understood is stepped over", "[follow-ups]") {
  CHECK(talk({"revenue by month in 2025", "what is the weather", "and by region?"}) ==
        "sales: regions.name, order_items.revenue | orders.created_at = 2025-01-01 + 12 months | by "
        "order_items.revenue desc, regions.name");
}

TEST_CASE("a follow-up that changes nothing is asked about", "[follow-ups]") {
  CHECK(talk({"revenue by region", "and now?"}).starts_with("? "));
  CHECK(talk({"revenue by region", "what about purple?"}).find("**purple**") != std::string::npos);
}
