// What the planner understands: prompts and the semantic query each becomes. Today is Wednesday, 18 November 2026.
#include <array>
#include <catch2/catch.hpp>

#include "plan/ask.h"

namespace {

struct Row {
  const char* prompt;
  const char* query;
};

template <std::size_t N>
void hold(const std::array<Row, N>& rows) {
  for (const Row& row : rows) {
    CAPTURE(row.prompt);
    CHECK(shop_test::ask(row.prompt) == row.query);
  }
}

}  // namespace

TEST_CASE("a measure is found by its label, its name and its synonyms", "[prompts]") {
  hold(std::array<Row, 10>{{
      {"revenue", "order_items: order_items.revenue"},
      {"What is our total revenue?", "order_items: order_items.revenue"},
      {"Turnover", "order_items: order_items.revenue"},
      {"how many orders did we get", "orders: orders.order_count"},
      {"number of orders", "orders: orders.order_count"},
      {"How many customers do we have?", "customers: customers.customer_count"},
      {"average order value", "sales: orders.average_order_value"},
      {"average unit price", "order_items: order_items.average_price"},
      {"how many units", "order_items: order_items.items_sold"},
      {"Revenue, profit and margin", "sales: order_items.revenue, order_items.profit, order_items.profit_margin"},
  }});
}

TEST_CASE("groups follow by, per, for each, which and the like", "[prompts]") {
  hold(std::array<Row, 14>{{
      {"revenue by region", "sales: regions.name, order_items.revenue | by order_items.revenue desc, regions.name"},
      {"Revenue per product", "sales: products.name, order_items.revenue | by order_items.revenue desc, products.name"},
      {"profit for each category",
       "sales: products.category, order_items.profit | by order_items.profit desc, products.category"},
      {"sales broken down by region and channel",
       "sales: regions.name, orders.channel, order_items.revenue | by order_items.revenue desc, regions.name, "
       "orders.channel"},
      {"number of customers by country",
       "customers: customers.country, customers.customer_count | by customers.customer_count desc, customers.country"},
      {"customers by segment",
       "customers: customers.segment, customers.customer_count | by customers.customer_count desc, customers.segment"},
      {"orders by status", "orders: orders.status, orders.order_count | by orders.order_count desc, orders.status"},
      {"orders and customers by region",
       "sales: regions.name, orders.order_count, customers.customer_count | by orders.order_count desc, regions.name"},
      {"returns by reason",
       "returns: returns.reason, returns.return_count | by returns.return_count desc, returns.reason"},
      {"returns by category",
       "returns: products.category, returns.return_count | by returns.return_count desc, products.category"},
      {"revenue by customer",
       "sales: customers.name, order_items.revenue | by order_items.revenue desc, customers.name"},
      {"list customers in Germany", "customers: customers.name | customers.country = Germany | by customers.name"},
      {"orders by day of the week",
       "orders: orders.created_at[day_of_week_name], orders.order_count | by orders.order_count desc, "
       "orders.created_at[day_of_week_name]"},
      {"orders by hour of day",
       "orders: orders.created_at[hour_of_day], orders.order_count | by orders.created_at[hour_of_day]"},
  }});
}

TEST_CASE("times become fixed dates on the field nearest to the measure", "[prompts]") {
  hold(std::array<Row, 27>{{
      {"orders today", "orders: orders.order_count | orders.created_at = 2026-11-18 + 1 day"},
      {"orders yesterday", "orders: orders.order_count | orders.created_at = 2026-11-17 + 1 day"},
      {"orders this week", "orders: orders.order_count | orders.created_at = 2026-11-16 + 7 days"},
      {"orders last week", "orders: orders.order_count | orders.created_at = 2026-11-09 + 7 days"},
      {"orders this month", "orders: orders.order_count | orders.created_at = 2026-11-01 + 1 month"},
      {"orders last month", "orders: orders.order_count | orders.created_at = 2026-10-01 + 1 month"},
      {"orders in the previous quarter", "orders: orders.order_count | orders.created_at = 2026-07-01 + 3 months"},
      {"revenue this quarter", "sales: order_items.revenue | orders.created_at = 2026-10-01 + 3 months"},
      {"revenue last year", "sales: order_items.revenue | orders.created_at = 2025-01-01 + 12 months"},
      {"revenue for the past year", "sales: order_items.revenue | orders.created_at = 2025-11-01 + 12 months"},
      {"revenue in the last 12 months", "sales: order_items.revenue | orders.created_at = 2025-11-01 + 12 months"},
      {"orders in the last 90 days", "orders: orders.order_count | orders.created_at = 2026-08-20 + 90 days"},
      {"orders in the past week", "orders: orders.order_count | orders.created_at = 2026-11-11 + 7 days"},
      {"orders over the last two weeks", "orders: orders.order_count | orders.created_at = 2026-11-02 + 14 days"},
      {"orders since March 2025", "orders: orders.order_count | orders.created_at >= 2025-03-01"},
      {"orders before 2025", "orders: orders.order_count | orders.created_at < 2025-01-01"},
      {"orders after 2024", "orders: orders.order_count | orders.created_at >= 2025-01-01"},
      {"orders in 2024", "orders: orders.order_count | orders.created_at = 2024-01-01 + 12 months"},
      {"orders in March", "orders: orders.order_count | orders.created_at = 2026-03-01 + 1 month"},
      {"orders in December", "orders: orders.order_count | orders.created_at = 2025-12-01 + 1 month"},
      {"orders in Q3 2025", "orders: orders.order_count | orders.created_at = 2025-07-01 + 3 months"},
      {"orders in the second half of 2025", "orders: orders.order_count | orders.created_at = 2025-07-01 + 6 months"},
      {"orders between 2025-01-01 and 2025-02-15",
       "orders: orders.order_count | orders.created_at = 2025-01-01 + 46 days"},
      {"orders from March to June 2025", "orders: orders.order_count | orders.created_at = 2025-03-01 + 4 months"},
      {"orders on 5 March 2025", "orders: orders.order_count | orders.created_at = 2025-03-05 + 1 day"},
      {"orders year to date", "orders: orders.order_count | orders.created_at = 2026-01-01 + 322 days"},
      {"returns by reason in the last 90 days",
       "returns: returns.reason, returns.return_count | returns.returned_at = 2026-08-20 + 90 days | by "
       "returns.return_count desc, returns.reason"},
  }});
}

TEST_CASE("a grain or a trend makes a series in time order", "[prompts]") {
  hold(std::array<Row, 10>{{
      {"revenue by month this year",
       "sales: orders.created_at[month], order_items.revenue | orders.created_at = 2026-01-01 + 12 months | by "
       "orders.created_at[month]"},
      {"orders per week for the last 8 weeks",
       "orders: orders.created_at[week], orders.order_count | orders.created_at = 2026-09-21 + 56 days | by "
       "orders.created_at[week]"},
      {"monthly revenue in 2025",
       "sales: orders.created_at[month], order_items.revenue | orders.created_at = 2025-01-01 + 12 months | by "
       "orders.created_at[month]"},
      {"Analyze sales trends by region for the past year",
       "sales: orders.created_at[month], regions.name, order_items.revenue | orders.created_at = 2025-11-01 + 12 "
       "months | by orders.created_at[month], regions.name"},
      {"revenue trend", "sales: orders.created_at[month], order_items.revenue | by orders.created_at[month]"},
      {"orders over time this month",
       "orders: orders.created_at[date], orders.order_count | orders.created_at = 2026-11-01 + 1 month | by "
       "orders.created_at[date]"},
      {"revenue growth by quarter",
       "sales: orders.created_at[quarter], order_items.revenue | by orders.created_at[quarter]"},
      {"annual profit", "sales: orders.created_at[year], order_items.profit | by orders.created_at[year]"},
      {"revenue by month and region",
       "sales: orders.created_at[month], regions.name, order_items.revenue | by orders.created_at[month], "
       "regions.name"},
      {"daily orders in October",
       "orders: orders.created_at[date], orders.order_count | orders.created_at = 2026-10-01 + 1 month | by "
       "orders.created_at[date]"},
  }});
}

TEST_CASE("values of the data become conditions", "[prompts]") {
  hold(std::array<Row, 16>{{
      {"revenue from shoes in Germany by month this year",
       "sales: orders.created_at[month], order_items.revenue | products.category = Shoes | customers.country = Germany "
       "| orders.created_at = 2026-01-01 + "
       "12 months | by orders.created_at[month]"},
      {"revenue in Germany and France", "sales: order_items.revenue | customers.country = Germany|France"},
      {"revenue without shoes", "sales: order_items.revenue | products.category != Shoes"},
      {"revenue except Germany", "sales: order_items.revenue | customers.country != Germany"},
      {"orders not cancelled", "orders: orders.order_count | orders.status != cancelled"},
      {"orders that are not cancelled or shipped", "orders: orders.order_count | orders.status != cancelled|shipped"},
      {"revenue excluding the shoes category", "sales: order_items.revenue | products.category != Shoes"},
      {"revenue with status cancelled", "sales: order_items.revenue | orders.status = cancelled"},
      {"revenue in the Europe region", "sales: order_items.revenue | regions.name = Europe"},
      {"revenue in middle east and africa", "sales: order_items.revenue | regions.name = Middle East & Africa"},
      {"revenue of Acme GmbH", "sales: order_items.revenue | customers.name = Acme GmbH"},
      {"revenue of \"acme gmbh\"", "sales: order_items.revenue | customers.name = Acme GmbH"},
      {"KESTREL revenue", "sales: order_items.revenue | products.brand = Kestrel"},
      {"web orders", "orders: orders.order_count | orders.channel = web"},
      {"web vs store orders",
       "orders: orders.channel, orders.order_count | orders.channel = web|store | by orders.order_count desc, "
       "orders.channel"},
      {"products containing \"boot\"", "products: products.name | products.name contains boot | by products.name"},
  }});
}

TEST_CASE("ranks set the order and the limit", "[prompts]") {
  hold(std::array<Row, 11>{{
      {"What are the top 5 products by revenue?",
       "sales: products.name, order_items.revenue | by order_items.revenue desc, products.name | 5"},
      {"bottom 3 categories by profit last year",
       "sales: products.category, order_items.profit | orders.created_at = 2025-01-01 + 12 months | by "
       "order_items.profit, products.category | 3"},
      {"5 best customers by revenue",
       "sales: customers.name, order_items.revenue | by order_items.revenue desc, customers.name | 5"},
      {"top ten countries by number of customers",
       "customers: customers.country, customers.customer_count | by customers.customer_count desc, customers.country | "
       "10"},
      {"which product has the highest revenue",
       "sales: products.name, order_items.revenue | by order_items.revenue desc, products.name | 1"},
      {"which customers ordered the most last year, top 10",
       "sales: customers.name, orders.order_count | orders.created_at = 2025-01-01 + 12 months | by orders.order_count "
       "desc, customers.name | 10"},
      {"best month by revenue",
       "sales: orders.created_at[month], order_items.revenue | by order_items.revenue desc, orders.created_at[month] | "
       "1"},
      {"best selling products",
       "sales: products.name, order_items.items_sold | by order_items.items_sold desc, products.name | 10"},
      {"revenue by region, lowest first",
       "sales: regions.name, order_items.revenue | by order_items.revenue, regions.name"},
      {"revenue and profit by brand sorted by profit",
       "sales: products.brand, order_items.revenue, order_items.profit | by order_items.profit desc, products.brand"},
      {"top 5 products by revenue and profit in Germany",
       "sales: products.name, order_items.revenue, order_items.profit | customers.country = Germany | by "
       "order_items.revenue desc, products.name | 5"},
  }});
}

TEST_CASE("conditions on numbers find their field", "[prompts]") {
  hold(std::array<Row, 8>{{
      {"customers with more than 5 orders",
       "sales: customers.name, orders.order_count | orders.order_count > 5 | by orders.order_count desc, "
       "customers.name"},
      {"products with revenue over $1,000",
       "sales: products.name, order_items.revenue | order_items.revenue > 1000 | by order_items.revenue desc, "
       "products.name"},
      {"products with at least 10 units sold",
       "sales: products.name, order_items.items_sold | order_items.items_sold !< 10 | by order_items.items_sold desc, "
       "products.name"},
      {"countries with fewer than 3 customers",
       "customers: customers.country, customers.customer_count | customers.customer_count < 3 | by "
       "customers.customer_count desc, customers.country"},
      {"regions with revenue between 1k and 2.5k",
       "sales: regions.name, order_items.revenue | order_items.revenue between 1000|2500 | by order_items.revenue "
       "desc, regions.name"},
      {"list products with list price under 50", "products: products.name | products.price < 50 | by products.name"},
      {"categories with margin below 20%",
       "sales: products.category, order_items.profit_margin | order_items.profit_margin < 0.2 | by "
       "order_items.profit_margin desc, products.category"},
      {"products with revenue of at most 2 million",
       "sales: products.name, order_items.revenue | order_items.revenue !> 2000000 | by order_items.revenue desc, "
       "products.name"},
  }});
}

TEST_CASE("comparisons name two periods", "[prompts]") {
  hold(std::array<Row, 10>{{
      {"How many orders did we get last month compared to the month before?",
       "orders: orders.order_count | orders.created_at = 2026-10-01 + 1 month vs = 2026-09-01 + 1 month"},
      {"revenue this quarter vs last quarter",
       "sales: order_items.revenue | orders.created_at = 2026-10-01 + 3 months vs = 2026-07-01 + 3 months"},
      {"revenue last month compared to the same month last year",
       "sales: order_items.revenue | orders.created_at = 2026-10-01 + 1 month vs = 2025-10-01 + 1 month"},
      {"revenue in October year over year",
       "sales: order_items.revenue | orders.created_at = 2026-10-01 + 1 month vs = 2025-10-01 + 1 month"},
      {"revenue last month versus last year",
       "sales: order_items.revenue | orders.created_at = 2026-10-01 + 1 month vs = 2025-10-01 + 1 month"},
      {"revenue 2025 vs 2024",
       "sales: order_items.revenue | orders.created_at = 2025-01-01 + 12 months vs = 2024-01-01 + 12 months"},
      {"orders in the last 30 days compared to the previous period",
       "orders: orders.order_count | orders.created_at = 2026-10-19 + 30 days vs = 2026-09-19 + 30 days"},
      {"revenue growth last quarter",
       "sales: order_items.revenue | orders.created_at = 2026-07-01 + 3 months vs = 2026-04-01 + 3 months"},
      {"compare revenue in 2024 with 2025",
       "sales: order_items.revenue | orders.created_at = 2025-01-01 + 12 months vs = 2024-01-01 + 12 months"},
      {"revenue by region last month compared to the month before",
       "sales: regions.name, order_items.revenue | orders.created_at = 2026-10-01 + 1 month | by order_items.revenue "
       "desc, regions.name vs = 2026-09-01 + 1 month"},
  }});
}

TEST_CASE("a question that the model's author answered uses the stored query", "[prompts]") {
  CHECK(shop_test::ask("why do people love our SHOP") == "sales: order_items.revenue");
}

TEST_CASE("a topic that is named is the only one used", "[prompts]") {
  CHECK(shop_test::ask("number of customers", {}, "sales") == "sales: customers.customer_count");
  CHECK(shop_test::ask("revenue by region", {}, "returns") ==
        "returns: regions.name, order_items.revenue | by order_items.revenue desc, regions.name");
}

TEST_CASE("a user who may see part of a topic is not asked past it", "[prompts]") {
  analyst::User bound{.id = "u", .attributes = {{"region", {"Europe"}}}};
  CHECK(shop_test::written(shop_test::reading_of("number of customers by country", {}, {}, bound)) ==
        "sales: customers.country, customers.customer_count | by customers.customer_count desc, customers.country");
}
