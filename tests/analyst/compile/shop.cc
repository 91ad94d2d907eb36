#include "analyst/compile/shop.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "compile/dialect.h"

namespace analyst::test {

namespace {

Dimension text(std::string name, std::string label = {}) {
  Dimension dimension;
  dimension.name = std::move(name);
  dimension.label = std::move(label);
  return dimension;
}

Dimension typed(std::string name, ValueType type) {
  Dimension dimension = text(std::move(name));
  dimension.type = type;
  return dimension;
}

Dimension key(std::string name) {
  Dimension dimension = typed(std::move(name), ValueType::number);
  dimension.primary_key = true;
  return dimension;
}

Dimension computed(std::string name, std::string sql, ValueType type) {
  Dimension dimension = typed(std::move(name), type);
  dimension.sql = std::move(sql);
  return dimension;
}

Measure measure(std::string name, std::optional<Aggregate> aggregate, std::string sql = {}) {
  Measure made;
  made.name = std::move(name);
  made.aggregate = aggregate;
  made.sql = std::move(sql);
  return made;
}

Measure filtered(Measure made, std::string field, ModelFilter::Operator op, std::vector<Value> values) {
  made.filters.push_back({std::move(field), op, std::move(values)});
  return made;
}

Measure percentile(std::string name, std::string sql, int percent) {
  Measure made = measure(std::move(name), Aggregate::percentile, std::move(sql));
  made.percentile = percent;
  return made;
}

Relationship many_to_one(std::string from, std::string to, std::string on) {
  return {.from_view = std::move(from), .to_view = std::move(to), .on_sql = std::move(on), .reversible = true};
}

constexpr auto number = ValueType::number;

}  // namespace

Model shop_model() {
  using Operator = ModelFilter::Operator;
  Model model{.id = "m", .name = "shop"};
  model.views.push_back({.name = "regions", .label = "Regions", .dimensions = {key("id"), text("name", "Name")}});
  model.views.push_back({.name = "customers",
                         .label = "Customers",
                         .dimensions = {key("id"), text("name", "Name"), text("country"), typed("region_id", number),
                                        typed("active", ValueType::boolean), typed("born", ValueType::date)},
                         .measures = {measure("customer_count", Aggregate::count),
                                      filtered(measure("active_count", Aggregate::count), "active", Operator::is, {true}),
                                      measure("countries", Aggregate::list, "${country}"),
                                      measure("first_born", Aggregate::min, "${born}")}});
  model.views.push_back(
      {.name = "products",
       .label = "Products",
       .dimensions = {key("id"), text("name"), text("category"), typed("cost", number)},
       .measures = {measure("product_count", Aggregate::count), measure("total_cost", Aggregate::sum, "${cost}"),
                    measure("average_cost", Aggregate::average, "${cost}"),
                    measure("median_cost", Aggregate::median, "${cost}")}});
  model.views.push_back(
      {.name = "orders",
       .label = "Orders",
       .dimensions = {key("id"), typed("customer_id", number), text("status", "Order status"),
                      typed("created_at", ValueType::timestamp), typed("shipping", number),
                      computed("status_code", "upper(substr(${status}, 1, 1))", ValueType::text)},
       .measures = {measure("order_count", Aggregate::count),
                    filtered(measure("paid_count", Aggregate::count), "status", Operator::is, {"paid"}),
                    filtered(measure("bag_orders", Aggregate::count), "products.category", Operator::is, {"Bags"}),
                    filtered(measure("bag_shipping", Aggregate::sum, "${shipping}"), "products.category", Operator::is,
                             {"Bags"}),
                    measure("total_shipping", Aggregate::sum, "${shipping}"),
                    measure("average_shipping", Aggregate::average, "${shipping}"),
                    measure("median_shipping", Aggregate::median, "${shipping}"),
                    measure("line_total", Aggregate::sum, "${order_items.price} * ${order_items.quantity}"),
                    measure("latest", Aggregate::max, "${created_at}"),
                    measure("average_order_value", {}, "${order_items.revenue} / nullif(${order_count}, 0)"),
                    measure("items_per_order", {}, "${order_items.items_sold} / ${order_count}")}});
  model.views.push_back(
      {.name = "order_items",
       .label = "Order items",
       .dimensions = {key("id"), typed("order_id", number), typed("product_id", number), typed("quantity", number),
                      typed("price", number)},
       .measures = {measure("revenue", Aggregate::sum, "${price} * ${quantity}"),
                    measure("items_sold", Aggregate::sum, "${quantity}"), measure("line_count", Aggregate::count),
                    measure("profit", Aggregate::sum, "${price} * ${quantity} - ${products.cost} * ${quantity}"),
                    measure("average_price", Aggregate::average, "${price}"),
                    measure("median_price", Aggregate::median, "${price}"),
                    percentile("p90_price", "${price}", 90),
                    measure("product_variety", Aggregate::count_distinct, "${product_id}"),
                    measure("half", Aggregate::sum, "${quantity} / 2"),
                    filtered(measure("big_revenue", Aggregate::sum, "${price} * ${quantity}"), "quantity",
                             Operator::greater_than_or_equal_to, {std::int64_t{2}}),
                    measure("margin", {}, "${profit} / nullif(${revenue}, 0)")}});
  model.views.push_back({.name = "tickets",
                         .label = "Tickets",
                         .dimensions = {key("id"), typed("customer_id", number), text("kind"), typed("minutes", number)},
                         .measures = {measure("ticket_count", Aggregate::count),
                                      measure("total_minutes", Aggregate::sum, "${minutes}"),
                                      measure("average_minutes", Aggregate::average, "${minutes}")}});
  // A log without a primary key.
  model.views.push_back({.name = "visits",
                         .label = "Visits",
                         .dimensions = {typed("customer_id", number), typed("pages", number)},
                         .measures = {measure("visit_count", Aggregate::count),
                                      measure("total_pages", Aggregate::sum, "${pages}"),
                                      measure("most_pages", Aggregate::max, "${pages}")}});
  // Two columns make the key.
  model.views.push_back({.name = "stock",
                         .label = "Stock",
                         .dimensions = {key("product_id"), key("place"), typed("pieces", number)},
                         .measures = {measure("stock_count", Aggregate::count),
                                      measure("total_pieces", Aggregate::sum, "${pieces}")}});

  model.relationships = {many_to_one("order_items", "orders", "${order_items.order_id} = ${orders.id}"),
                         many_to_one("order_items", "products", "${order_items.product_id} = ${products.id}"),
                         many_to_one("orders", "customers", "${orders.customer_id} = ${customers.id}"),
                         many_to_one("customers", "regions", "${customers.region_id} = ${regions.id}"),
                         many_to_one("tickets", "customers", "${tickets.customer_id} = ${customers.id}"),
                         many_to_one("visits", "customers", "${visits.customer_id} = ${customers.id}"),
                         many_to_one("stock", "products", "${stock.product_id} = ${products.id}")};

  Topic sales{.name = "sales", .label = "Sales", .base_view = "order_items"};
  sales.joins = {{"orders", {{"customers", {{"regions", {}}}}}}, {"products", {}}};
  sales.access_filters = {{"regions.name", "region", {"all"}}};
  model.topics.push_back(sales);
  Topic journeys{.name = "journeys", .label = "Journeys", .base_view = "customers"};
  journeys.joins = {{"regions", {}}, {"orders", {{"order_items", {{"products", {}}}}}}, {"tickets", {}}, {"visits", {}}};
  model.topics.push_back(journeys);
  Topic shelves{.name = "shelves", .label = "Shelves", .base_view = "products"};
  shelves.joins = {{"stock", {}}, {"order_items", {}}};
  model.topics.push_back(shelves);
  return model;
}

Shop::Shop() {
  if (sqlite3_open(":memory:", &database_) != SQLITE_OK) throw std::runtime_error("no database");
  sqlite3_db_config(database_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  execute(R"sql(
    CREATE TABLE regions(id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE customers(id INTEGER PRIMARY KEY, name TEXT, country TEXT, region_id INTEGER, active BOOLEAN, born DATE);
    CREATE TABLE products(id INTEGER PRIMARY KEY, name TEXT, category TEXT, cost NUMERIC);
    CREATE TABLE orders(id INTEGER PRIMARY KEY, customer_id INTEGER, status TEXT, created_at DATETIME, shipping NUMERIC);
    CREATE TABLE order_items(id INTEGER PRIMARY KEY, order_id INTEGER, product_id INTEGER, quantity INTEGER,
                             price NUMERIC);
    CREATE TABLE tickets(id INTEGER PRIMARY KEY, customer_id INTEGER, kind TEXT, minutes INTEGER);
    CREATE TABLE visits(customer_id INTEGER, pages INTEGER);
    CREATE TABLE stock(product_id INTEGER, place INTEGER, pieces INTEGER, PRIMARY KEY(product_id, place));

    INSERT INTO regions VALUES (1, 'Europe'), (2, 'Asia'), (3, 'Nowhere');
    INSERT INTO customers VALUES
      (1, 'Ann', 'Germany', 1, 1, '1990-05-01'), (2, 'Bob', 'France', 1, 0, '1985-01-31'),
      (3, 'Cho', 'Japan', 2, 1, NULL), (4, 'Dee', 'Germany', 1, NULL, '2001-12-31'), (5, 'Eve', NULL, NULL, 1, NULL);
    INSERT INTO products VALUES
      (1, 'Boot', 'Shoes', 30), (2, 'Sandal', 'Shoes', 10), (3, 'Tote', 'Bags', 20), (4, 'Cap', NULL, 5),
      (5, 'Unsold', 'Bags', 99);
    INSERT INTO orders VALUES
      (1, 1, 'paid', '2025-01-05 09:00:00', 5), (2, 1, 'cancelled', '2025-01-31 23:30:00', 7),
      (3, 2, 'paid', '2025-02-01 00:00:00', 4), (4, 3, 'shipped', '2025-03-03 12:00:00', 9),
      (5, 3, NULL, '2024-12-31 23:59:59', 3), (6, NULL, 'paid', '2025-03-12 08:00:00', 2),
      (7, 5, 'paid', NULL, 6);
    INSERT INTO order_items VALUES
      (1, 1, 1, 2, 50), (2, 1, 2, 1, 20), (3, 1, 3, 1, 40), (4, 2, 1, 1, 50), (5, 3, 3, 3, 35), (6, 4, 4, 5, 8),
      (7, 4, 1, 1, 55), (8, 5, 2, 2, 18), (9, 6, 3, 1, 45), (10, 7, NULL, 1, 12), (11, 3, 3, 1, 38);
    INSERT INTO tickets VALUES (1, 1, 'call', 10), (2, 1, 'mail', 20), (3, 2, 'call', 5), (4, 4, 'mail', 30);
    INSERT INTO visits VALUES (1, 3), (1, 3), (2, 7);
    INSERT INTO stock VALUES (1, 1, 10), (1, 2, 10), (2, 1, 4), (3, 1, 0);
  )sql");
}

Shop::~Shop() { sqlite3_close(database_); }

void Shop::execute(const std::string& sql) {
  if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw std::runtime_error(sqlite3_errmsg(database_));
  }
}

std::vector<std::string> Shop::run(const Statement& statement) const {
  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v2(database_, statement.sql.c_str(), -1, &prepared, nullptr) != SQLITE_OK) {
    throw std::runtime_error(std::string(sqlite3_errmsg(database_)) + "\n" + statement.sql);
  }
  for (std::size_t i = 0; i < statement.values.size(); ++i) {
    const int place = static_cast<int>(i) + 1;
    const Value& value = statement.values[i];
    if (const auto* whole = std::get_if<std::int64_t>(&value)) sqlite3_bind_int64(prepared, place, *whole);
    if (const auto* real = std::get_if<double>(&value)) sqlite3_bind_double(prepared, place, *real);
    if (const auto* truth = std::get_if<bool>(&value)) sqlite3_bind_int(prepared, place, *truth ? 1 : 0);
    if (const auto* words = std::get_if<std::string>(&value)) {
      sqlite3_bind_text(prepared, place, words->data(), static_cast<int>(words->size()), SQLITE_TRANSIENT);
    }
  }
  std::vector<std::string> rows;
  int step = 0;
  while ((step = sqlite3_step(prepared)) == SQLITE_ROW) {
    std::string row;
    for (int i = 0; i < sqlite3_column_count(prepared); ++i) {
      if (i > 0) row += "|";
      if (sqlite3_column_type(prepared, i) == SQLITE_NULL) {
        row += "-";
      } else if (sqlite3_column_type(prepared, i) == SQLITE_FLOAT) {
        // Sums of the same numbers in another order differ in the last digits.
        char number_text[64];
        std::snprintf(number_text, sizeof number_text, "%.9g", sqlite3_column_double(prepared, i));
        row += number_text;
        if (std::string_view(number_text).find_first_of(".e") == std::string_view::npos) row += ".0";
      } else {
        row += std::string(reinterpret_cast<const char*>(sqlite3_column_text(prepared, i)),
                           static_cast<std::size_t>(sqlite3_column_bytes(prepared, i)));
      }
    }
    rows.push_back(row);
  }
  const std::string message = step == SQLITE_DONE ? "" : sqlite3_errmsg(database_);
  sqlite3_finalize(prepared);
  if (!message.empty()) throw std::runtime_error(message + "\n" + statement.sql);
  return rows;
}

CompiledQuery Shop::compiled(std::string_view json) const {
  return compile(model, query_of(json), user, now, sqlite_dialect());
}

std::vector<std::string> Shop::ask(std::string_view json) const { return ask(query_of(json)); }

std::vector<std::string> Shop::ask(const SemanticQuery& query) const {
  return run(compile(model, query, user, now, sqlite_dialect()).statement);
}

std::vector<std::string> Shop::sql(const std::string& text) const { return run({.sql = text}); }

std::string Shop::error(std::string_view json) const {
  try {
    compiled(json);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

SemanticQuery query_of(std::string_view json) { return query_from_json(nlohmann::json::parse(json)); }

}  // namespace analyst::test
