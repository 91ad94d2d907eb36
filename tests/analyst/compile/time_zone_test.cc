// Timeframes: every one of them, and grouping by the wall clock of a zone, held against conversion in C++ for each row.

#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "analyst/compile/shop.h"
#include "compile/zone.h"

using namespace analyst;
using analyst::test::Shop;

namespace {

std::string timeframe(const Shop& shop, const std::string& time, const std::string& name) {
  const auto rows = shop.ask(R"({"table": "orders", "fields": ["orders.created_at[)" + name + R"(]"],
      "filters": {"orders.created_at": {"type": "date", "kind": "ON", "left_side": ")" + time + "\"}}}");
  return rows.size() == 1 ? rows[0] : std::to_string(rows.size()) + " rows";
}

}  // namespace

TEST_CASE("every timeframe of one time", "[time]") {
  Shop shop;
  shop.execute("INSERT INTO orders VALUES (100, 1, 'paid', '2023-08-06 14:35:09', 1)");
  const std::map<std::string, std::string> expected = {
      {"raw", "2023-08-06 14:35:09"}, {"second", "2023-08-06 14:35:09"}, {"minute", "2023-08-06 14:35:00"},
      {"hour", "2023-08-06 14:00:00"}, {"date", "2023-08-06"}, {"week", "2023-07-31"}, {"month", "2023-08"},
      {"quarter", "2023-Q3"}, {"year", "2023"}, {"day_of_week_name", "Sunday"}, {"day_of_week_num", "7"},
      {"day_of_month", "6"}, {"day_of_year", "218"}, {"hour_of_day", "14"}, {"month_name", "August"}, {"month_num", "8"},
      {"quarter_of_year", "3"}};
  for (const auto& [name, value] : expected) {
    CAPTURE(name);
    CHECK(timeframe(shop, "2023-08-06", name) == value);
  }
}

TEST_CASE("a week starts on Monday on both sides of a Sunday", "[time]") {
  Shop shop;
  shop.execute("INSERT INTO orders VALUES (100, 1, 'paid', '2023-08-07 00:00:00', 1), "
               "(101, 1, 'paid', '2023-08-13 23:59:59', 1), (102, 1, 'paid', '2024-01-01 00:00:00', 1)");
  CHECK(timeframe(shop, "2023-08-07", "week") == "2023-08-07");
  CHECK(timeframe(shop, "2023-08-07", "day_of_week_num") == "1");
  CHECK(timeframe(shop, "2023-08-13", "week") == "2023-08-07");
  CHECK(timeframe(shop, "2024-01-01", "week") == "2024-01-01");
}

TEST_CASE("months are those of the user's wall clock", "[time]") {
  Shop shop;
  shop.user.time_zone = "Europe/Berlin";
  // 2025-01-31 23:30 UTC is the first of February in Berlin, 2024-12-31 23:59:59 is New Year.
  CHECK(shop.ask(R"({"table": "orders", "fields": ["orders.created_at[month]", "orders.order_count"]})") ==
        std::vector<std::string>{"2025-01|2", "2025-02|2", "2025-03|2", "-|1"});
  shop.user.time_zone = "America/New_York";
  CHECK(shop.ask(R"({"table": "orders", "fields": ["orders.created_at[month]", "orders.order_count"]})") ==
        std::vector<std::string>{"2024-12|1", "2025-01|3", "2025-03|2", "-|1"});
}

TEST_CASE("dates without a time are not moved by a zone", "[time]") {
  Shop shop;
  shop.user.time_zone = "Pacific/Auckland";
  CHECK(shop.ask(R"({"table": "customers", "fields": ["customers.born[year]", "customers.customer_count"]})") ==
        std::vector<std::string>{"1985|1", "1990|1", "2001|1", "-|2"});
  CHECK(shop.ask(R"({"table": "customers", "fields": ["customers.id"],
                     "filters": {"customers.born": {"type": "date", "kind": "ON", "left_side": "1990-05-01"}}})") ==
        std::vector<std::string>{"1"});
}

TEST_CASE("every row has the offset of its own instant", "[time]") {
  const auto name = GENERATE("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe",
                             "America/Sao_Paulo", "Africa/Casablanca", "Asia/Beirut", "Pacific/Apia", "Etc/GMT+3");
  CAPTURE(name);
  Shop shop;
  shop.user.time_zone = name;
  shop.execute("DELETE FROM orders");
  const Zone zone(name);
  std::map<std::string, int> expected;
  int id = 0;
  const auto insert = [&](date::sys_seconds instant) {
    shop.execute("INSERT INTO orders VALUES (" + std::to_string(++id) + ", 1, 'paid', '" +
                 date::format("%F %T", instant) + "', 1)");
    ++expected[date::format("%F %H:00:00", zone.to_local(instant))];
  };
  // One second on either side of every change of the clock, and an instant every 1,000 hours.
  using std::chrono::seconds;
  const date::sys_seconds start = date::sys_days(date::year(1970) / 1 / 2);
  const date::sys_seconds end = date::sys_days(date::year(2037) / 1 / 1);
  for (const Zone::Offset& change : zone.offsets(start, end)) {
    insert(change.starts - seconds(1));
    insert(change.starts);
  }
  for (date::sys_seconds at = start; at < end; at += std::chrono::hours(1'000)) insert(at);
  std::vector<std::string> rows;
  for (const auto& [hour, count] : expected) rows.push_back(hour + "|" + std::to_string(count));
  CHECK(shop.ask(R"({"table": "orders", "fields": ["orders.created_at[hour]", "orders.order_count"]})") == rows);
}

TEST_CASE("a query that is limited in time carries only the changes inside it", "[time]") {
  Shop shop;
  shop.user.time_zone = "Europe/Berlin";
  const CompiledQuery limited = shop.compiled(R"({"table": "orders", "fields": ["orders.created_at[month]"],
      "filters": {"orders.created_at": {"type": "date", "kind": "ON", "left_side": "2025"}}})");
  // Two ends of the year, two changes, two offsets, the limit.
  CHECK(limited.statement.values.size() == 7);
  const CompiledQuery summer = shop.compiled(R"({"table": "orders", "fields": ["orders.created_at[date]"],
      "filters": {"orders.created_at": {"type": "date", "kind": "ON", "left_side": "2025-07"}}})");
  CHECK(summer.statement.sql.find("CASE") == std::string::npos);
  // A filter that lets rows outside of its interval through limits nothing.
  const CompiledQuery negative = shop.compiled(R"({"table": "orders", "fields": ["orders.created_at[month]"],
      "filters": {"orders.created_at": {"type": "date", "kind": "ON", "left_side": "2025", "is_negative": true}}})");
  CHECK(negative.statement.values.size() > 100);
  CHECK(shop.ask(R"({"table": "orders", "fields": ["orders.created_at[date]", "orders.order_count"],
      "filters": {"orders.created_at": {"type": "date", "kind": "ON", "left_side": "2025-02"}}})") ==
        std::vector<std::string>{"2025-02-01|2"});
}
