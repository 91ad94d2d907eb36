// The demo shop: other tests hold answers against SQL over it, so what they rely on is held here.
#include <SQLiteCpp/SQLiteCpp.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include <unistd.h>

#include "shop/shop_data.h"

namespace {

class TempFile {
 public:
  explicit TempFile(const std::string& name)
      : path_(std::filesystem::temp_directory_path() / ("shop-test-" + std::to_string(::getpid()) + "-" + name)) {
    std::filesystem::remove(path_);
  }
  ~TempFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

constexpr shop::Options small = {.orders = 2'000, .seed = 7, .year = 2026, .month = 3, .day = 14};

// The first column of each row, as text.
std::vector<std::string> rows(const TempFile& file, const std::string& sql) {
  SQLite::Database database(file.path().string());
  SQLite::Statement statement(database, sql);
  std::vector<std::string> all;
  while (statement.executeStep()) all.push_back(statement.getColumn(0).getString());
  return all;
}

std::string one(const TempFile& file, const std::string& sql) {
  const auto all = rows(file, sql);
  REQUIRE(all.size() == 1);
  return all[0];
}

std::string everything(const TempFile& file) {
  std::ostringstream text;
  for (const char* table : {"regions", "customers", "products", "orders", "order_items", "returns"}) {
    SQLite::Database database(file.path().string());
    SQLite::Statement statement(database, std::string("SELECT * FROM ") + table + " ORDER BY id");
    while (statement.executeStep()) {
      for (int i = 0; i < statement.getColumnCount(); ++i) text << statement.getColumn(i).getString() << '|';
      text << '\n';
    }
  }
  return text.str();
}

}  // namespace

TEST_CASE("the same options give the same shop, another seed another", "[shop]") {
  const TempFile first("first"), again("again"), other("other");
  shop::make(first.path(), small);
  shop::make(again.path(), small);
  auto changed = small;
  changed.seed = 8;
  shop::make(other.path(), changed);
  CHECK(everything(first) == everything(again));
  CHECK(everything(first) != everything(other));
}

TEST_CASE("a shop has the orders asked for, over 48 months to the day named today", "[shop]") {
  const TempFile file("months");
  shop::make(file.path(), small);
  CHECK(one(file, "SELECT count(*) FROM orders") == "2000");
  CHECK(one(file, "SELECT count(DISTINCT strftime('%Y-%m', created_at)) FROM orders") == "48");
  CHECK(one(file, "SELECT min(created_at) >= '2022-04-01 00:00:00' FROM orders") == "1");
  CHECK(one(file, "SELECT max(created_at) <= '2026-03-14 23:59:59' FROM orders") == "1");
  CHECK(one(file, "SELECT coalesce(max(returned_at) <= '2026-03-14 23:59:59', 1) FROM returns") == "1");
}

TEST_CASE("a shop's rows fit together", "[shop]") {
  const TempFile file("fit");
  shop::make(file.path(), small);
  CHECK(rows(file, "PRAGMA foreign_key_check").empty());
  CHECK(one(file, "PRAGMA integrity_check") == "ok");
  CHECK(one(file, "SELECT count(*) FROM products") == "120");
  CHECK(one(file, "SELECT count(DISTINCT name) FROM products") == "120");
  CHECK(one(file, "SELECT count(DISTINCT name) = count(*) AND count(DISTINCT email) = count(*) FROM customers") == "1");
  // Nobody orders before signing up, orders are numbered in time, and every order has one to four items.
  CHECK(rows(file, "SELECT o.id FROM orders o JOIN customers c ON c.id = customer_id WHERE c.created_at > o.created_at")
            .empty());
  CHECK(rows(file, "SELECT a.id FROM orders a JOIN orders b ON b.id = a.id + 1 WHERE b.created_at < a.created_at").empty());
  CHECK(rows(file, "SELECT o.id FROM orders o LEFT JOIN order_items i ON i.order_id = o.id GROUP BY o.id "
                   "HAVING count(i.id) NOT BETWEEN 1 AND 4").empty());
  // A return follows its order, is of a delivered one, and refunds what was paid.
  CHECK(rows(file, "SELECT r.id FROM returns r JOIN order_items i ON i.id = order_item_id JOIN orders o ON o.id = order_id "
                   "WHERE returned_at <= o.created_at OR status <> 'delivered' "
                   "OR abs(refund - (unit_price * quantity - discount)) > 0.001").empty());
}

TEST_CASE("a shop has what the questions are about", "[shop]") {
  const TempFile file("about");
  auto options = small;
  options.orders = 20'000;
  shop::make(file.path(), options);
  CHECK(one(file, "SELECT count(*) > 0 FROM customers WHERE id NOT IN (SELECT customer_id FROM orders)") == "1");
  CHECK(one(file, "SELECT 100.0 * (SELECT count(*) FROM returns) / count(*) BETWEEN 5 AND 7 FROM order_items") == "1");
  const auto orders_of = [&](const std::string& region, const std::string& year) {
    return std::stoi(one(file, "SELECT count(*) FROM orders o JOIN customers c ON c.id = customer_id JOIN regions r "
                               "ON r.id = region_id WHERE r.name = '" + region + "' AND o.created_at LIKE '" + year + "%'"));
  };
  CHECK(orders_of("Asia Pacific", "2025") > orders_of("Asia Pacific", "2023") * 5 / 4);
  CHECK(orders_of("Middle East & Africa", "2025") < orders_of("Middle East & Africa", "2023"));
}

TEST_CASE("a shop of one order is a shop", "[shop]") {
  const TempFile file("one");
  auto options = small;
  options.orders = 1;
  shop::make(file.path(), options);
  CHECK(one(file, "SELECT count(*) FROM orders") == "1");
}

TEST_CASE("progress rises to 100", "[shop]") {
  const TempFile file("progress");
  std::vector<int> seen;
  shop::make(file.path(), small, [&](int percent) { seen.push_back(percent); });
  REQUIRE_FALSE(seen.empty());
  CHECK(seen.back() == 100);
  for (std::size_t i = 1; i < seen.size(); ++i) CHECK(seen[i - 1] < seen[i]);
}

TEST_CASE("options that make no sense are refused and leave the file alone", "[shop]") {
  const TempFile file("refused");
  shop::make(file.path(), small);
  const std::string before = everything(file);
  auto options = small;
  SECTION("no orders") { options.orders = 0; }
  SECTION("too many orders") { options.orders = shop::orders_max + 1; }
  SECTION("a day that is none") { options.month = 2, options.day = 29; }
  SECTION("a month that is none") { options.month = 13; }
  SECTION("no day at all") { options.year = 0; }
  CHECK_THROWS_AS(shop::make(file.path(), options), std::invalid_argument);
  CHECK(everything(file) == before);
}
