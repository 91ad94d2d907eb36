// Random queries over random small tables, against a model of the joins in plain C++: joined rows are made by nested
// loops, filtered, grouped, and each measure is taken over the distinct rows of its own view.

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <random>
#include <set>

#include "analyst/compile/shop.h"
#include "compile/dialect.h"

using namespace analyst;
using analyst::test::Shop;

namespace {

using Cell = std::optional<int>;
using Raw = std::map<std::string, Cell>;
using Tables = std::map<std::string, std::vector<Raw>>;
// A joined row: for each view the row of its table, or none.
using Joined = std::map<std::string, const Raw*>;

struct Column {
  std::string table, name;
  // Stored as "v3" rather than 3.
  bool text = false;
};

const std::vector<Column> columns = {
    {"regions", "name", true},      {"customers", "country", true},   {"customers", "region_id"},
    {"products", "category", true}, {"products", "cost"},             {"orders", "status", true},
    {"orders", "customer_id"},      {"orders", "shipping"},           {"order_items", "order_id"},
    {"order_items", "product_id"},  {"order_items", "quantity"},      {"order_items", "price"},
    {"tickets", "customer_id"},     {"tickets", "kind", true},        {"tickets", "minutes"}};
const std::vector<std::string> table_names = {"regions", "customers", "products", "orders", "order_items", "tickets"};

struct Known {
  std::string name, view;
  // Empty: a count.
  std::string column;
  bool average = false;
};
const std::vector<Known> measures = {{"orders.order_count", "orders", ""},
                                     {"orders.total_shipping", "orders", "shipping"},
                                     {"orders.average_shipping", "orders", "shipping", true},
                                     {"customers.customer_count", "customers", ""},
                                     {"products.product_count", "products", ""},
                                     {"products.total_cost", "products", "cost"},
                                     {"products.average_cost", "products", "cost", true},
                                     {"order_items.line_count", "order_items", ""},
                                     {"order_items.items_sold", "order_items", "quantity"},
                                     {"tickets.ticket_count", "tickets", ""},
                                     {"tickets.total_minutes", "tickets", "minutes"}};
const std::vector<std::pair<std::string, std::string>> dimensions = {
    {"regions", "name"}, {"customers", "country"}, {"products", "category"}, {"orders", "status"}, {"tickets", "kind"}};

class World {
 public:
  explicit World(std::uint32_t seed) : random_(seed) {
    for (const std::string& table : table_names) {
      const int count = pick(0, table == "order_items" ? 14 : 6);
      for (int id = 1; id <= count; ++id) tables_[table].push_back({{"id", id}});
      for (const Column& column : columns) {
        if (column.table != table) continue;
        for (Raw& row : tables_[table]) row[column.name] = pick(0, 6) == 0 ? Cell() : Cell(pick(1, 4));
      }
    }
  }

  int pick(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }

  void store(Shop& shop) const {
    for (const std::string& table : table_names) {
      shop.execute("DELETE FROM " + table);
      const auto rows = tables_.find(table);
      if (rows == tables_.end()) continue;
      for (const Raw& row : rows->second) {
        std::string names = "id", values = std::to_string(*row.at("id"));
        for (const Column& column : columns) {
          if (column.table != table) continue;
          names += ", " + column.name;
          values += ", " + text(row.at(column.name), column.text ? "'v" : "", column.text ? "'" : "");
        }
        shop.execute("INSERT INTO " + table + "(" + names + ") VALUES (" + values + ")");
      }
    }
  }

  static std::string text(const Cell& cell, const std::string& before, const std::string& after) {
    return cell ? before + std::to_string(*cell) + after : "NULL";
  }

  // Left joins, from the base on.
  std::vector<Joined> join(const std::string& topic) const {
    std::vector<Joined> rows;
    const std::string base = topic == "sales" ? "order_items" : "customers";
    for (const Raw& row : table(base)) rows.push_back({{base, &row}});
    if (topic == "sales") {
      up(rows, "order_items", "order_id", "orders");
      up(rows, "order_items", "product_id", "products");
      up(rows, "orders", "customer_id", "customers");
      up(rows, "customers", "region_id", "regions");
    } else {
      up(rows, "customers", "region_id", "regions");
      down(rows, "customers", "orders", "customer_id");
      down(rows, "orders", "order_items", "order_id");
      up(rows, "order_items", "product_id", "products");
      down(rows, "customers", "tickets", "customer_id");
    }
    return rows;
  }

 private:
  const std::vector<Raw>& table(const std::string& name) const {
    static const std::vector<Raw> none;
    const auto found = tables_.find(name);
    return found == tables_.end() ? none : found->second;
  }

  void up(std::vector<Joined>& rows, const std::string& from, const std::string& column, const std::string& to) const {
    for (Joined& row : rows) {
      const Raw* source = row[from];
      for (const Raw& target : table(to)) {
        if (source && source->at(column) && source->at(column) == target.at("id")) row[to] = &target;
      }
    }
  }

  void down(std::vector<Joined>& rows, const std::string& from, const std::string& to, const std::string& column) const {
    std::vector<Joined> joined;
    for (const Joined& row : rows) {
      const auto source = row.find(from);
      bool found = false;
      for (const Raw& target : table(to)) {
        if (source == row.end() || !source->second || source->second->at("id") != target.at(column)) continue;
        Joined copy = row;
        copy[to] = &target;
        joined.push_back(copy);
        found = true;
      }
      if (!found) joined.push_back(row);
    }
    rows = joined;
  }

  std::mt19937 random_;
  Tables tables_;
};

Cell cell(const Joined& row, const std::string& view, const std::string& column) {
  const auto found = row.find(view);
  return found == row.end() || !found->second ? Cell() : found->second->at(column);
}

std::string shown(const Cell& value) { return value ? "v" + std::to_string(*value) : "-"; }

std::string computed(const std::vector<const Joined*>& group, const Known& measure) {
  std::map<int, Cell> by_key;
  for (const Joined* row : group) {
    const Cell key = cell(*row, measure.view, "id");
    if (key) by_key[*key] = measure.column.empty() ? Cell(1) : cell(*row, measure.view, measure.column);
  }
  int sum = 0, count = 0;
  for (const auto& [key, value] : by_key) {
    if (!value) continue;
    sum += *value;
    ++count;
  }
  if (measure.column.empty()) return std::to_string(count);
  if (count == 0) return "-";
  if (!measure.average) return std::to_string(sum);
  char number[32];
  std::snprintf(number, sizeof number, "%.9g", static_cast<double>(sum) / count);
  const std::string result = number;
  return result.find_first_of(".e") == std::string::npos ? result + ".0" : result;
}

}  // namespace

TEST_CASE("random queries have the numbers that nested loops have", "[grain][random]") {
  const std::uint32_t first_seed = 20'250'312;
  Shop shop;
  int queries_with_rows = 0;
  for (std::uint32_t seed = first_seed; seed < first_seed + 60; ++seed) {
    World world(seed);
    world.store(shop);
    for (int round = 0; round < 12; ++round) {
      const bool sales = world.pick(0, 1) == 0;
      SemanticQuery query{.table = sales ? "order_items" : "customers", .topic = sales ? "sales" : "journeys"};
      const auto reachable = [&](const std::string& view) { return !sales || view != "tickets"; };

      std::vector<std::pair<std::string, std::string>> keys;
      for (const auto& dimension : dimensions) {
        if (reachable(dimension.first) && world.pick(0, 3) == 0) keys.push_back(dimension);
      }
      std::vector<Known> chosen;
      for (const Known& measure : measures) {
        if (reachable(measure.view) && world.pick(0, 3) == 0) chosen.push_back(measure);
      }
      if (chosen.empty()) chosen.push_back(measures[0]);
      for (const auto& [view, column] : keys) query.fields.push_back({view, column, {}});
      for (const Known& measure : chosen) query.fields.push_back(*FieldName::parse(measure.name));

      std::vector<Joined> rows = world.join(query.topic);
      if (world.pick(0, 1) == 0) {
        auto on = dimensions[static_cast<std::size_t>(world.pick(0, static_cast<int>(dimensions.size()) - 1))];
        if (!reachable(on.first)) on = dimensions[0];
        const int wanted = world.pick(1, 4);
        const bool negative = world.pick(0, 2) == 0;
        query.filters.push_back({{on.first, on.second, {}},
                                 {.values = {"v" + std::to_string(wanted)}, .is_negative = negative}});
        std::erase_if(rows, [&](const Joined& row) {
          return (cell(row, on.first, on.second) == Cell(wanted)) == negative;
        });
      }

      std::map<std::string, std::vector<const Joined*>> groups;
      for (const Joined& row : rows) {
        std::string key;
        for (const auto& [view, column] : keys) key += shown(cell(row, view, column)) + "|";
        groups[key].push_back(&row);
      }
      if (keys.empty()) groups[""];
      std::vector<std::string> expected;
      for (const auto& [key, group] : groups) {
        std::string line = key;
        for (std::size_t i = 0; i < chosen.size(); ++i) line += (i == 0 ? "" : "|") + computed(group, chosen[i]);
        expected.push_back(line);
      }
      std::vector<std::string> actual = shop.ask(query);
      std::sort(expected.begin(), expected.end());
      std::sort(actual.begin(), actual.end());
      queries_with_rows += expected.size() > 1 ? 1 : 0;
      const std::string sql =
          actual == expected ? "" : compile(shop.model, query, shop.user, test::now, sqlite_dialect()).statement.sql;
      CAPTURE(seed, round, sql);
      REQUIRE(actual == expected);
    }
  }
  // The test looks at something.
  CHECK(queries_with_rows > 100);
}

TEST_CASE("the groups of an additive measure add up to its total", "[grain][random]") {
  Shop shop;
  for (std::uint32_t seed = 7; seed < 27; ++seed) {
    World world(seed);
    world.store(shop);
    for (const auto& [view, column] : dimensions) {
      if (view == "tickets") continue;
      CAPTURE(seed, view);
      const std::string end = R"("order_items.items_sold", "order_items.line_count"]})";
      const std::string start = R"({"table": "order_items", "join_paths_from_topic_name": "sales", "fields": [)";
      int items = 0, lines = 0;
      for (const std::string& row : shop.ask(start + "\"" + view + "." + column + "\", " + end)) {
        const std::size_t bar = row.find('|');
        const std::size_t second = row.find('|', bar + 1);
        if (row[bar + 1] != '-') items += std::stoi(row.substr(bar + 1));
        lines += std::stoi(row.substr(second + 1));
      }
      const std::string total = shop.ask(start + end).at(0);
      CHECK((total[0] == '-' ? 0 : std::stoi(total)) == items);
      CHECK(std::stoi(total.substr(total.find('|') + 1)) == lines);
    }
  }
}
