// A small shop for the compiler's tests: a model built by hand, a database in memory, and questions as JSON.
#pragma once

#include <sqlite3.h>

#include <string>
#include <string_view>
#include <vector>

#include "analyst/query.h"

namespace analyst::test {

// 2025-03-12 10:30:00 UTC, a Wednesday.
constexpr Moment now{1'741'775'400};

// Views: regions, customers, products, orders, order_items, returns, tickets.
// Topics: sales (order_items -> orders -> customers -> regions, products), journeys (customers -> orders -> order_items,
// tickets: two facts that do not know each other).
Model shop_model();

class Shop {
 public:
  // With a handful of rows in every table, among them NULLs, customers without orders, products that were never sold.
  Shop();
  ~Shop();
  Shop(const Shop&) = delete;
  Shop& operator=(const Shop&) = delete;

  void execute(const std::string& sql);

  // The rows of a query given as JSON, each as "a|b|c"; NULL is "-", a whole real number has ".0".
  std::vector<std::string> ask(std::string_view json) const;
  std::vector<std::string> ask(const SemanticQuery& query) const;
  // The same of SQL written by hand.
  std::vector<std::string> sql(const std::string& text) const;

  CompiledQuery compiled(std::string_view json) const;
  // The message of the Error that the query is answered with. Empty when there is none.
  std::string error(std::string_view json) const;

  Model model = shop_model();
  User user{.id = "u", .attributes = {{"region", {"all"}}}};

 private:
  std::vector<std::string> run(const Statement& statement) const;

  sqlite3* database_ = nullptr;
};

SemanticQuery query_of(std::string_view json);

}  // namespace analyst::test
