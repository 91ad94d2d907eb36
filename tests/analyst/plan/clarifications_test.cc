// What is not understood is said, never left out.
#include <array>
#include <catch2/catch.hpp>

#include "plan/ask.h"
#include "plan/shop_model.h"

using shop_test::ask;

TEST_CASE("words that nothing explains are named, and no query is made", "[clarify]") {
  const std::string answer = ask("What is the weather in Paris?");
  CHECK(answer.starts_with("? I did not understand **weather** and **Paris**"));
  CHECK(answer.find("Sales") != std::string::npos);
  CHECK(answer.find("Revenue") != std::string::npos);
  CHECK(answer.find("Why do people love our shop?") != std::string::npos);
}

TEST_CASE("one unknown condition stops an otherwise clear question", "[clarify]") {
  for (const char* prompt : {"revenue from purple shoes",
                             "revenue by region for loyal customers",
                             "top 5 products by revenue excluding gifts",
                             "revenue by month unless refunded",
                             "average revenue",
                             "median revenue",
                             "revenue next year",
                             "revenue not",
                             "revenue without discount",
                             "orders over $100",
                             "top 5",
                             "more than 5",
                             "by region",
                             "hello",
                             "",
                             "?!",
                             "how many",
                             "revenue in 2024 and 2025 and 2026",
                             "reviews since 1850",
                             "revenue by minute",
                             "customers who never ordered",
                             "revenue divided by orders"}) {
    CAPTURE(prompt);
    const std::string answer = ask(prompt);
    CHECK(answer.starts_with("? "));
    CHECK(answer.size() > 20);
  }
}

TEST_CASE("a misspelt word is answered with the nearest right ones", "[clarify]") {
  CHECK(ask("revenu by regoin").find("**regoin**, did you mean Region") != std::string::npos);
  CHECK(ask("revenue in Germny").find("did you mean Germany") != std::string::npos);
}

TEST_CASE("fields of different topics are not forced together", "[clarify]") {
  const std::string outside = ask("returns by reason", {}, "sales");
  CHECK(outside.starts_with("? "));
  CHECK(outside.find("The topic Sales has no") != std::string::npos);
}

TEST_CASE("a hidden field can be neither named nor suggested", "[clarify]") {
  analyst::Model model = shop_test::shop_model();
  for (auto& view : model.views) {
    for (auto& dimension : view.dimensions) dimension.hidden = dimension.hidden || dimension.name == "segment";
  }
  shop_test::FixedValues values;
  const auto reading = analyst::planning::make_reading(
      model, values, {.prompt = "customers by segment", .now = shop_test::now}, shop_test::everyone());
  CHECK(reading.queries.empty());
  CHECK(reading.clarification.find("Segment") == std::string::npos);
}

TEST_CASE("what was typed is harmless in the clarification", "[clarify]") {
  const std::string answer = ask("revenue for <script>alert|`x`</script>");
  CHECK(answer.starts_with("? "));
  CHECK(answer.find("<script>") == std::string::npos);
}

TEST_CASE("a very long question is refused, not half read", "[clarify]") {
  std::string prompt = "revenue";
  for (int i = 0; i < 4'000; ++i) prompt += " and";
  CHECK(ask(prompt).starts_with("? The question is too long"));
}

TEST_CASE("the database is asked only for words that nothing else explains", "[clarify]") {
  const analyst::Model model = shop_test::shop_model();
  shop_test::FixedValues values;
  const auto plain = analyst::planning::make_reading(
      model, values, {.prompt = "top 5 products by revenue", .now = shop_test::now}, shop_test::everyone());
  CHECK(plain.queries.size() == 2);
  CHECK(values.lookups == 0);
  const auto valued = analyst::planning::make_reading(
      model, values, {.prompt = "revenue in France", .now = shop_test::now}, shop_test::everyone());
  CHECK(valued.queries.size() == 1);
  CHECK(values.lookups == 1);
}

TEST_CASE("a choice between equals is said", "[clarify]") {
  const auto reading = shop_test::reading_of("revenue by name");
  // "name" names a field of three views.
  REQUIRE_FALSE(reading.queries.empty());
  REQUIRE_FALSE(reading.notes.empty());
  CHECK(reading.notes.front().find("could also mean") != std::string::npos);
}
