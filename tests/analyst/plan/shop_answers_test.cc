// The demo's questions, asked of the demo shop: every number is held against SQL written by hand over the same rows.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <map>
#include <memory>

#include "analyst/analyst.h"
#include "answer/number_check.h"
#include "shop/shop_data.h"

using namespace analyst;

namespace {

constexpr std::int64_t now = 1'795'003'200;  // 18 November 2026, 12:00 UTC

class MemoryJournal : public Journal {
 public:
  std::string step(std::string_view name, const std::function<std::string()>& work) override {
    const auto found = steps.find(std::string(name));
    if (found != steps.end()) return found->second;
    ++ran;
    auto text = work();
    return steps[std::string(name)] = text;
  }
  void progress(int, std::string_view message) override { messages.emplace_back(message); }
  std::stop_token stop_token() override { return stop.get_token(); }
  std::int64_t now_ms() override { return ++clock; }

  std::map<std::string, std::string> steps;
  std::vector<std::string> messages;
  std::stop_source stop;
  int ran = 0;
  std::int64_t clock = 0;
};

// Made once for all tests of the program: a shop of 5,000 orders.
struct Shop {
  Shop() {
    folder = std::filesystem::temp_directory_path() / ("shop-answers-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder);
    shop::make(folder / "shop.db", {.orders = 5'000, .seed = 7, .year = 2026, .month = 11, .day = 18});
    database = open_sqlite(folder / "shop.db");
    model = load_model("m", "shop", SHOP_MODELS "/shop", {}, *database).model;
  }
  ~Shop() { std::filesystem::remove_all(folder); }
  Shop(const Shop&) = delete;
  Shop& operator=(const Shop&) = delete;

  std::vector<std::vector<Value>> by_hand(const std::string& sql) { return database->run({sql, {}}, {}, {}).rows; }

  std::filesystem::path folder;
  std::unique_ptr<Database> database;
  std::shared_ptr<const Model> model;
};

Shop& the_shop() {
  static Shop shop;
  return shop;
}

User everyone() {
  return {.id = "u", .attributes = {{"region", {"all"}}}};
}

const QueryResult& main_result(const Answer& answer) {
  const QueryResult* last = nullptr;
  for (const Action& action : answer.actions) {
    if (action.result) last = &*action.result;
  }
  REQUIRE(last);
  return *last;
}

Answer ask_the_shop(const std::string& prompt, const std::vector<Turn>& history = {}) {
  MemoryJournal journal;
  return answer(the_shop().model, *the_shop().database, {.prompt = prompt, .history = history, .now = now}, everyone(),
                journal);
}

void equal(const Value& left, const Value& right) {
  const auto number = [](const Value& value) -> std::optional<double> {
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
    if (const auto* real = std::get_if<double>(&value)) return *real;
    return {};
  };
  if (number(left) && number(right)) {
    CHECK(std::fabs(*number(left) - *number(right)) < 0.005);
  } else {
    CHECK(left == right);
  }
}

void same_rows(const QueryResult& result, const std::string& sql) {
  const auto expected = the_shop().by_hand(sql);
  CAPTURE(result.sql);
  REQUIRE(!expected.empty());
  REQUIRE(result.rows.rows.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    REQUIRE(result.rows.rows[i].size() == expected[i].size());
    for (std::size_t j = 0; j < expected[i].size(); ++j) equal(result.rows.rows[i][j], expected[i][j]);
  }
}

const std::string joined =
    " FROM order_items i JOIN orders o ON o.id = i.order_id JOIN products p ON p.id = i.product_id JOIN customers c ON "
    "c.id = o.customer_id"
    " JOIN regions r ON r.id = c.region_id ";
const std::string revenue = "sum(i.unit_price * i.quantity - i.discount)";

}  // namespace

TEST_CASE("top 5 products by revenue", "[shop]") {
  const auto answered = ask_the_shop("What are the top 5 products by revenue?");
  same_rows(main_result(answered), "SELECT p.name, " + revenue + joined + "GROUP BY p.name ORDER BY 2 DESC, 1 LIMIT 5");
  CHECK(answered.topic == "sales");
  REQUIRE(answered.actions.front().result);
  same_rows(*answered.actions.front().result, "SELECT " + revenue + joined);
  CHECK(answered.summary.find("of the total of") != std::string::npos);
}

TEST_CASE("sales trends by region for the past year", "[shop]") {
  const auto answered = ask_the_shop("Analyze sales trends by region for the past year");
  same_rows(main_result(answered),
            "SELECT strftime('%Y-%m', o.created_at), r.name, " + revenue + joined +
                "WHERE o.created_at >= '2025-11-01' AND o.created_at < '2026-11-01' GROUP BY 1, 2 ORDER BY 1, 2");
  // The total beside it is a query of its own.
  REQUIRE(answered.actions.front().result);
  same_rows(*answered.actions.front().result,
            "SELECT strftime('%Y-%m', o.created_at), " + revenue + joined +
                "WHERE o.created_at >= '2025-11-01' AND o.created_at < '2026-11-01' GROUP BY 1 ORDER BY 1");
}

TEST_CASE("revenue from shoes in Germany by month this year, and by region", "[shop]") {
  const std::string where =
      "WHERE p.category = 'Shoes' AND c.country = 'Germany' AND o.created_at >= '2026-01-01' AND o.created_at < "
      "'2027-01-01' ";
  const auto first = ask_the_shop("revenue from shoes in Germany by month this year");
  same_rows(main_result(first),
            "SELECT strftime('%Y-%m', o.created_at), " + revenue + joined + where + "GROUP BY 1 ORDER BY 1");
  for (const char* condition : {"Category is Shoes", "Country is Germany", "Order date: 2026 so far"}) {
    CHECK(first.message.find(condition) != std::string::npos);
  }
  const auto second =
      ask_the_shop("and by region?",
          {{.prompt = "revenue from shoes in Germany by month this year", .query = main_result(first).query}});
  same_rows(main_result(second), "SELECT r.name, " + revenue + joined + where + "GROUP BY 1 ORDER BY 2 DESC");
}

TEST_CASE("what the model does not know is said, with what it does know", "[shop]") {
  const auto answered = ask_the_shop("What is the weather in Paris?");
  REQUIRE(answered.actions.size() == 1);
  CHECK(answered.actions[0].type == Action::Type::clarify);
  CHECK(answered.message.find("**weather**") != std::string::npos);
  CHECK(answered.message.find("Revenue") != std::string::npos);
}

TEST_CASE("orders last month compared to the month before", "[shop]") {
  const auto answered = ask_the_shop("How many orders did we get last month compared to the month before?");
  same_rows(main_result(answered),
            "SELECT count(*) FROM orders WHERE created_at >= '2026-10-01' AND created_at < '2026-11-01'");
  REQUIRE(answered.actions.front().result);
  same_rows(*answered.actions.front().result,
            "SELECT count(*) FROM orders WHERE created_at >= '2026-09-01' AND created_at < '2026-10-01'");
  CHECK(answered.summary.find("October 2026, against") != std::string::npos);
}

TEST_CASE("average order value by channel this quarter", "[shop]") {
  const auto answered = ask_the_shop("average order value by channel this quarter");
  same_rows(main_result(answered),
            "SELECT o.channel, " + revenue + " / count(DISTINCT o.id)" + joined +
                "WHERE o.created_at >= '2026-10-01' AND o.created_at < '2027-01-01' GROUP BY 1 ORDER BY 2 DESC");
}

TEST_CASE("more questions of the shop", "[shop]") {
  same_rows(main_result(ask_the_shop("bottom 3 categories by profit last year")),
            "SELECT p.category, sum(i.unit_price * i.quantity - i.discount - p.cost * i.quantity)" + joined +
                "WHERE o.created_at >= '2025-01-01' AND o.created_at < '2026-01-01' GROUP BY 1 ORDER BY 2 LIMIT 3");
  same_rows(main_result(ask_the_shop("number of customers by country")),
            "SELECT country, count(*) FROM customers GROUP BY 1 ORDER BY 2 DESC, 1");
  same_rows(main_result(ask_the_shop("returns by reason in the last 90 days")),
            "SELECT reason, count(*) FROM returns WHERE returned_at >= '2026-08-20' AND returned_at < '2026-11-18' "
            "GROUP BY 1 ORDER BY 2 DESC, 1");
  same_rows(main_result(ask_the_shop("orders per week for the last 8 weeks")),
            "SELECT date(created_at, '-6 days', 'weekday 1'), count(*) FROM orders WHERE created_at >= '2026-09-21' "
            "AND created_at < '2026-11-16' GROUP BY 1 ORDER BY 1");
  same_rows(main_result(ask_the_shop("which customers ordered the most last year, top 10")),
            "SELECT c.name, count(*) FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.created_at >= "
            "'2025-01-01' AND o.created_at < '2026-01-01' "
            "GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10");
  same_rows(main_result(ask_the_shop("orders not cancelled")), "SELECT count(*) FROM orders WHERE status <> 'cancelled'");
  same_rows(main_result(ask_the_shop("revenue by brand without shoes")),
            "SELECT p.brand, " + revenue + joined + "WHERE p.category <> 'Shoes' GROUP BY 1 ORDER BY 2 DESC");
  same_rows(main_result(ask_the_shop("customers with more than 5 orders")),
            "SELECT c.name, count(DISTINCT o.id)" + joined +
                "GROUP BY 1 HAVING count(DISTINCT o.id) > 5 ORDER BY 2 DESC, 1 LIMIT 1000");
}

TEST_CASE("every number of a shop answer is in its rows or proven from them", "[shop]") {
  const auto answered = ask_the_shop("revenue by region");
  // A number that was made up would have no cell: the whole message is made of proven sentences, so the last line of
  // defence is that the headline's first number is the first row's.
  const auto numbers = answering::numbers_in(answered.summary);
  REQUIRE_FALSE(numbers.empty());
  CHECK(main_result(answered).csv.find(numbers.front()) != std::string::npos);
}

TEST_CASE("a second run of the same question repeats nothing", "[shop]") {
  MemoryJournal journal;
  const Question question{.prompt = "revenue by region", .now = now};
  const auto first = answer(the_shop().model, *the_shop().database, question, everyone(), journal);
  CHECK(journal.ran == 3);
  const auto second = answer(the_shop().model, *the_shop().database, question, everyone(), journal);
  CHECK(journal.ran == 3);
  CHECK(second.message == first.message);
  CHECK(main_result(second).csv == main_result(first).csv);
  CHECK(main_result(second).rows.rows == main_result(first).rows.rows);
}

TEST_CASE("a user without the attribute is told so, not shown nothing", "[shop]") {
  MemoryJournal journal;
  try {
    answer(the_shop().model, *the_shop().database, {.prompt = "revenue by region", .now = now}, {.id = "u"}, journal);
    FAIL("not allowed was expected");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::not_allowed);
  }
}

TEST_CASE("a user of one region sees that region alone", "[shop]") {
  MemoryJournal journal;
  const User european{.id = "u", .attributes = {{"region", {"Europe"}}}};
  const auto answered = answer(the_shop().model, *the_shop().database,
                               {.prompt = "number of customers by country", .now = now}, european, journal);
  for (const auto& row : main_result(answered).rows.rows) CHECK(row[0] != Value("Brazil"));
  CHECK_FALSE(main_result(answered).rows.rows.empty());
  // A value of another region does not exist for this user, not even as a condition.
  const auto known = ask_the_shop("revenue in Canada");
  CHECK(known.actions.back().type == Action::Type::summarize);
  MemoryJournal another;
  const auto unknown =
      answer(the_shop().model, *the_shop().database, {.prompt = "revenue in Canada", .now = now}, european, another);
  CHECK(unknown.actions.back().type == Action::Type::clarify);
  CHECK(unknown.message.find("**Canada**") != std::string::npos);
}

TEST_CASE("a question that is stopped runs no query", "[shop]") {
  MemoryJournal journal;
  journal.stop.request_stop();
  CHECK_THROWS_AS(
      answer(the_shop().model, *the_shop().database, {.prompt = "revenue", .now = now}, everyone(), journal), Error);
  CHECK(journal.ran == 0);
}

TEST_CASE("when every query fails the question fails, and another attempt may still succeed", "[shop]") {
  MemoryJournal journal;
  Question question{.prompt = "revenue by region", .now = now};
  question.limits.time = std::chrono::milliseconds(0);
  CHECK_THROWS_AS(answer(the_shop().model, *the_shop().database, question, everyone(), journal), Error);
  question.limits.time = std::chrono::seconds(30);
  CHECK_FALSE(answer(the_shop().model, *the_shop().database, question, everyone(), journal).message.empty());
}
