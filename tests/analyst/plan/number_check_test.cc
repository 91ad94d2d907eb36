// No number reaches an answer unless the rows prove it; and what goes around the numbers: formats, CSV, stored results.
#include <algorithm>
#include <catch2/catch.hpp>

#include "answer/compose.h"
#include "answer/csv.h"
#include "answer/format.h"
#include "answer/line.h"
#include "answer/narrate.h"
#include "answer/stored.h"
#include "plan/describe.h"
#include "plan/shop_model.h"

using namespace analyst;
using namespace analyst::answering;
using planning::PlannedQuery;

namespace {

const planning::Date today = planning::date_of(2026, 11, 18);

ResultColumn measure(const char* field, const char* label, const char* format = "currency_2") {
  return {{"order_items", field, {}}, label, ValueType::number, format, true};
}
ResultColumn text(const char* view, const char* field, const char* label) {
  return {{view, field, {}}, label, ValueType::text, "", false};
}

QueryResult result(std::vector<ResultColumn> columns, std::vector<std::vector<Value>> rows, const char* sort = "") {
  QueryResult out;
  out.query.table = "order_items";
  out.query.topic = "sales";
  for (const auto& column : columns) {
    out.query.fields.push_back(column.name);
    out.rows.columns.push_back(column.name.to_string());
  }
  if (*sort) out.query.sorts = {{sort, true}};
  out.columns = std::move(columns);
  out.rows.rows = std::move(rows);
  return out;
}

planning::Reading reading_for(const std::vector<QueryResult>& results, std::vector<PlannedQuery::Role> roles) {
  planning::Reading reading;
  for (std::size_t i = 0; i < results.size(); ++i) reading.queries.push_back({roles[i], "query", results[i].query});
  return reading;
}

std::vector<QueryResult> products() {
  return {result({text("products", "name", "Product"), measure("revenue", "Revenue")},
                 {{"Boot 9000", 300.0}, {"Cap", 150.5}, {"Belt", 49.5}}, "order_items.revenue"),
          result({measure("revenue", "Revenue")}, {{1000.0}})};
}

}  // namespace

TEST_CASE("a sentence whose number is not the cell's is dropped", "[proof]") {
  const auto results = products();
  std::vector<std::string> words;
  auto good = Line(results, words).text("The best made ").cell({0, 0, 1}).text(".").done();
  CHECK(disproof(good, {results, words}).empty());
  auto bad = good;
  bad.text.replace(bad.text.find("300"), 3, "301");
  CHECK_FALSE(disproof(bad, {results, words}).empty());
  bad.claims[0].shown.replace(bad.claims[0].shown.find("300"), 3, "301");
  CHECK_FALSE(disproof(bad, {results, words}).empty());

  Narrative narrative;
  narrative.headline = {good, bad};
  narrative.words = words;
  const auto composed = compose(narrative, results);
  CHECK(composed.dropped == 1);
  CHECK(composed.summary == "The best made $300.00.");
}

TEST_CASE("a number without a claim is dropped", "[proof]") {
  const auto results = products();
  CHECK_FALSE(disproof({.text = "Revenue grew by 12%."}, {results, {}}).empty());
  CHECK(disproof({.text = "Revenue grew."}, {results, {}}).empty());
}

TEST_CASE("each rule is held against the rows, on both sides of its rounding", "[proof]") {
  const auto results = products();
  const auto holds = [&](Claim claim) {
    return disproof({.text = claim.shown, .claims = {claim}}, {results, {"Known 1"}}).empty();
  };
  using Rule = Claim::Rule;
  CHECK(holds({.rule = Rule::share, .a = {0, 1, 1}, .b = {1, 0, 0}, .shown = "15.1%"}) !=
        holds({.rule = Rule::share, .a = {0, 1, 1}, .b = {1, 0, 0}, .shown = "15.2%"}));
  CHECK(holds({.rule = Rule::difference, .a = {0, 0, 1}, .b = {0, 1, 1}, .shown = "$149.50"}));
  CHECK_FALSE(holds({.rule = Rule::difference, .a = {0, 0, 1}, .b = {0, 1, 1}, .shown = "$149.51"}));
  CHECK(holds({.rule = Rule::change, .a = {0, 1, 1}, .b = {0, 0, 1}, .shown = "-49.8%"}));
  CHECK_FALSE(holds({.rule = Rule::change, .a = {0, 1, 1}, .b = {0, 0, 1}, .shown = "+49.8%"}));
  CHECK_FALSE(holds({.rule = Rule::change, .a = {0, 0, 1}, .b = {0, 1, 1}, .shown = "99.3%"}));
  CHECK(holds({.rule = Rule::highest, .a = {0, 0, 1}, .among = {0, 1, 2}, .shown = "$300.00"}));
  CHECK_FALSE(holds({.rule = Rule::highest, .a = {0, 1, 1}, .among = {0, 1, 2}, .shown = "$150.50"}));
  CHECK_FALSE(holds({.rule = Rule::highest, .a = {0, 1, 1}, .among = {2}, .shown = "$150.50"}));
  CHECK(holds({.rule = Rule::lowest, .a = {0, 2, 1}, .among = {0, 1, 2}, .shown = "$49.50"}));
  CHECK(holds({.rule = Rule::row_count, .a = {0, 0, 0}, .shown = "3"}));
  CHECK_FALSE(holds({.rule = Rule::row_count, .a = {0, 0, 0}, .shown = "4"}));
  CHECK(holds({.rule = Rule::words, .shown = "Known 1"}));
  CHECK_FALSE(holds({.rule = Rule::words, .shown = "Unknown 1"}));
  CHECK_FALSE(holds({.rule = Rule::cell, .a = {0, 9, 1}, .shown = "$300.00"}));
  CHECK_FALSE(holds({.rule = Rule::cell, .a = {7, 0, 1}, .shown = "$300.00"}));
}

TEST_CASE("a ranking tells the first, its share of the computed total, and the rest in a table", "[narrate]") {
  const auto results = products();
  const auto model = shop_test::shop_model();
  const auto reading = reading_for(results, {PlannedQuery::Role::main, PlannedQuery::Role::total});
  const auto composed = compose(narrate(model, reading, results, today), results);
  CHECK(composed.dropped == 0);
  CHECK(composed.summary ==
        "**Boot 9000** has the highest Revenue: **$300.00**, 30.0% of the total of $1,000.00. Next: **Cap** with "
        "$150.50 and **Belt** with $49.50.");
  CHECK(composed.message.find("| Product | Revenue |\n| :-- | --: |\n| Boot 9000 | $300.00 |") != std::string::npos);
  CHECK(composed.message.find("Conditions: none. Topic: Sales.") != std::string::npos);
}

TEST_CASE("without a computed total no share is told", "[narrate]") {
  auto results = products();
  results.pop_back();
  const auto composed = compose(
      narrate(shop_test::shop_model(), reading_for(results, {PlannedQuery::Role::main}), results, today), results);
  CHECK(composed.message.find("total") == std::string::npos);
}

TEST_CASE("a development leaves out the month that is not over", "[narrate]") {
  auto main = result({{{"orders", "created_at", Timeframe::month}, "Order date month", ValueType::text, "", false},
                      measure("revenue", "Revenue")},
                     {{"2026-09", 100.0}, {"2026-10", 150.0}, {"2026-11", 10.0}});
  main.query.sorts = {{"orders.created_at[month]", false}};
  main.query.filters = {{{"orders", "created_at", {}},
                         planning::to_filter({planning::date_of(2026, 1, 1), planning::date_of(2027, 1, 1)})}};
  const std::vector<QueryResult> results = {main};
  const auto composed = compose(
      narrate(shop_test::shop_model(), reading_for(results, {PlannedQuery::Role::main}), results, today), results);
  CHECK(composed.dropped == 0);
  CHECK(composed.summary ==
        "**Revenue** went from $100.00 in September 2026 to $150.00 in October 2026: a rise of $50.00 (+50.0%). It was "
        "highest in October 2026 with $150.00 and "
        "lowest in September 2026 with $100.00. November 2026 is not over and left out of that; it has $10.00 so far.");
  CHECK(composed.message.find("Order date: 2026 so far") != std::string::npos);
}

TEST_CASE("no rows are said plainly, with the conditions", "[narrate]") {
  auto main = result({text("products", "name", "Product"), measure("revenue", "Revenue")}, {});
  Filter filter;
  filter.values = {std::string("Shoes")};
  main.query.filters = {{{"products", "category", {}}, filter}};
  const std::vector<QueryResult> results = {main};
  const auto composed = compose(
      narrate(shop_test::shop_model(), reading_for(results, {PlannedQuery::Role::main}), results, today), results);
  CHECK(composed.summary == "No rows match the conditions below.");
  CHECK(composed.message.find("Conditions: Category is Shoes.") != std::string::npos);
}

TEST_CASE("a supporting query that failed is told", "[narrate]") {
  auto results = products();
  results[1].error = "The query took longer than 30 s.";
  const auto composed =
      compose(narrate(shop_test::shop_model(),
                      reading_for(results, {PlannedQuery::Role::main, PlannedQuery::Role::total}), results, today),
              results);
  CHECK(composed.dropped == 0);
  CHECK(composed.message.find("failed: The query took longer than 30 s.") != std::string::npos);
  CHECK(composed.message.find("total of") == std::string::npos);
}

TEST_CASE("text of the data cannot break out of the Markdown", "[narrate]") {
  const std::vector<QueryResult> results = {
      result({text("products", "name", "Product"), measure("revenue", "Revenue")},
             {{"a|b\n`c` <img src=x> *d* [e](f) &lt; R & D", 5.0}, {"plain", 4.0}}, "order_items.revenue")};
  const auto composed = compose(
      narrate(shop_test::shop_model(), reading_for(results, {PlannedQuery::Role::main}), results, today), results);
  CHECK(composed.dropped == 0);
  CHECK(composed.message.find("| a\\|b \\`c\\` &lt;img src=x&gt; \\*d\\* \\[e\\](f) &amp;lt; R & D | $5.00 |") !=
        std::string::npos);
}

TEST_CASE("a long table is cut and says so", "[narrate]") {
  std::vector<std::vector<Value>> rows;
  for (int i = 0; i < 57; ++i) rows.push_back({"p" + std::to_string(i), 100.0 - i});
  const std::vector<QueryResult> results = {
      result({text("products", "name", "Product"), measure("revenue", "Revenue")}, rows, "order_items.revenue")};
  const auto composed = compose(
      narrate(shop_test::shop_model(), reading_for(results, {PlannedQuery::Role::main}), results, today), results);
  CHECK(composed.dropped == 0);
  CHECK(composed.message.find("| p19 |") != std::string::npos);
  CHECK(composed.message.find("| p20 |") == std::string::npos);
  CHECK(composed.message.find("The table shows 20 of 57 rows") != std::string::npos);
}

TEST_CASE("whatever the rows, every sentence is proven", "[proof]") {
  std::uint64_t random = 20261118;
  CAPTURE(random);
  const auto next = [&](std::uint64_t below) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    return (random >> 33) % below;
  };
  const char* formats[] = {"currency_2",    "number_0", "percent_1",     "big",
                           "bigcurrency_1", "",         "eurcurrency_0", "number_3"};
  for (int round = 0; round < 400; ++round) {
    const bool series = next(2) == 0;
    const bool grouped = !series || next(2) == 0;
    std::vector<ResultColumn> columns;
    if (series)
      columns.push_back({{"orders", "created_at", Timeframe::month}, "Order date month", ValueType::text, "", false});
    if (grouped) columns.push_back(text("products", "name", "Product 1"));
    columns.push_back(measure("revenue", "Revenue", formats[next(8)]));
    std::vector<std::vector<Value>> rows;
    const auto count = next(30);
    for (std::uint64_t i = 0; i < count; ++i) {
      std::vector<Value> row;
      if (series)
        row.emplace_back((i < 12 ? "2025-" : "2026-") + std::string(i % 12 < 9 ? "0" : "") +
                         std::to_string(i % 12 + 1));
      if (grouped) row.emplace_back("g" + std::to_string(next(4)));
      const auto kind = next(6);
      if (kind == 0)
        row.emplace_back(std::monostate{});
      else if (kind == 1)
        row.emplace_back(static_cast<std::int64_t>(next(3)));
      else if (kind == 2)
        row.emplace_back(-static_cast<double>(next(1'000'000)) / 7);
      else
        row.emplace_back(static_cast<double>(next(4'000'000'000)) / (1.0 + static_cast<double>(next(10'000))));
      rows.push_back(std::move(row));
    }
    auto main = result(columns, rows, series ? "" : "order_items.revenue");
    if (series) main.query.sorts = {{"orders.created_at[month]", false}};
    std::vector<QueryResult> results = {main};
    std::vector<PlannedQuery::Role> roles = {PlannedQuery::Role::main};
    if (next(2) == 0 && !series) {
      results.push_back(result({measure("revenue", "Revenue", columns.back().format.c_str())},
                               {{static_cast<double>(next(100'000)) / 3}}));
      roles.push_back(PlannedQuery::Role::total);
    }
    const auto narrative = narrate(shop_test::shop_model(), reading_for(results, roles), results, today);
    for (const auto* part : {&narrative.headline, &narrative.points, &narrative.table, &narrative.footer}) {
      for (const Sentence& sentence : *part) {
        CAPTURE(round, sentence.text);
        REQUIRE(disproof(sentence, {results, narrative.words}) == "");
      }
    }
  }
}

TEST_CASE("formats", "[format]") {
  CHECK(format_number(1234567.891, "currency_2") == "$1,234,567.89");
  CHECK(format_number(-5, "usdcurrency_2") == "-$5.00");
  CHECK(format_number(-0.001, "currency_2") == "$0.00");
  CHECK(format_number(1234.5, "eurcurrency_0") == "€1,234");
  CHECK(format_number(9.5, "chfcurrency_2") == "CHF 9.50");
  CHECK(format_number(0.1234, "percent_1") == "12.3%");
  CHECK(format_number(999, "number_0") == "999");
  CHECK(format_number(1000, "number_0") == "1,000");
  CHECK(format_number(1234567, "big") == "1.2M");
  CHECK(format_number(999'960, "big") == "1.0M");
  CHECK(format_number(999, "big") == "999");
  CHECK(format_number(2.5e9, "bigcurrency_1") == "$2.5B");
  CHECK(format_number(1234567, "id") == "1234567");
  CHECK(format_number(1234.5, "") == "1,234.50");
  CHECK(format_number(0.00123, "") == "0.001230");
}

TEST_CASE("CSV is RFC 4180", "[csv]") {
  Rows rows;
  rows.rows = {{"plain", 1234.5}, {"a,b", std::monostate{}}, {"say \"hi\"", 1.0}, {"two\nlines", 0.0}};
  const auto csv = to_csv({text("products", "name", "Product, name"), measure("revenue", "Revenue")}, rows, 1'000);
  CHECK(csv.text ==
        "\"Product, name\",Revenue\r\nplain,\"$1,234.50\"\r\n\"a,b\",\r\n\"say "
        "\"\"hi\"\"\",$1.00\r\n\"two\nlines\",$0.00\r\n");
  CHECK_FALSE(csv.truncated);
  const auto cut = to_csv({text("products", "name", "P")}, rows, 10);
  CHECK(cut.text == "P\r\nplain\r\n");
  CHECK(cut.truncated);
}

TEST_CASE("a stored result comes back as it was", "[stored]") {
  StoredResult stored;
  stored.result = result({text("products", "name", "Product"),
                          measure("revenue", "Revenue"),
                          {{"orders", "created_at", Timeframe::month}, "M", ValueType::timestamp, "", false}},
                         {{"Schuhgröße \"44\"\n", 0.1, "2026-01"},
                          {std::monostate{}, 5.0, std::monostate{}},
                          {true, std::int64_t{9'007'199'254'740'993}, "x"}});
  stored.result.query.filters = {{{"orders", "created_at", {}},
                                  planning::to_filter({planning::date_of(2026, 1, 1), planning::date_of(2027, 1, 1)})}};
  stored.result.name = "n";
  stored.result.csv = "a,b\r\n";
  stored.result.csv_truncated = true;
  stored.result.total_row_count = 3;
  stored.result.sql = "text";
  stored.result.rows.truncated = true;
  stored.timestamp = 1'795'003'200'123;
  const auto back = result_from_text(to_text(stored));
  CHECK(back.timestamp == stored.timestamp);
  CHECK(back.result.rows.rows == stored.result.rows.rows);
  CHECK(back.result.rows.columns == stored.result.rows.columns);
  CHECK(back.result.rows.truncated);
  CHECK(planning::same(back.result.query, stored.result.query));
  CHECK(back.result.csv == stored.result.csv);
  CHECK(back.result.csv_truncated);
  CHECK(back.result.total_row_count == 3);
  CHECK(back.result.columns[2].name == stored.result.columns[2].name);
  CHECK(back.result.columns[2].type == ValueType::timestamp);
  CHECK(back.result.columns[1].is_measure);
  CHECK(to_text(back) == to_text(stored));
  CHECK_THROWS_AS(result_from_text("{}"), Error);
  CHECK_THROWS_AS(result_from_text("nonsense"), Error);
}
