// The pieces the planner reads with: words, tokens, calendar arithmetic.
#include <catch2/catch.hpp>

#include "plan/period.h"
#include "plan/text.h"
#include "plan/token.h"

using namespace analyst::planning;

TEST_CASE("one and many have the same stem", "[words]") {
  for (const auto& [many, one] : {std::pair{"shoes", "shoe"},
                                  {"categories", "category"},
                                  {"boxes", "box"},
                                  {"countries", "country"},
                                  {"statuses", "status"},
                                  {"status", "status"},
                                  {"dresses", "dress"},
                                  {"people", "person"},
                                  {"days", "day"},
                                  {"warehouses", "warehouse"}}) {
    CHECK(singular(many) == std::string(one));
  }
}

TEST_CASE("phrases compare by their words", "[words]") {
  CHECK(stems("Middle East & Africa") == stems("middle east and africa"));
  CHECK(stems("T-Shirts") == stems("t shirt"));
  CHECK(stems("order_count") == "order count");
  CHECK(stems("ÉCLAIRS") == stems("éclair"));
  CHECK(stems("what’s") == "what");
}

TEST_CASE("numbers are read with separators, signs and scales", "[words]") {
  const auto number = [](const char* text) {
    const auto tokens = tokenise(text);
    REQUIRE(tokens.size() == 1);
    REQUIRE(tokens[0].kind == Token::Kind::number);
    return tokens[0].number;
  };
  CHECK(number("1,000") == 1000);
  CHECK(number("$1,234.50") == 1234.5);
  CHECK(number("1.5k") == 1500);
  CHECK(number("2m") == 2e6);
  CHECK(number("20%") == 20);
  CHECK(tokenise("1,00").size() == 3);
  CHECK(tokenise("2025-03-01")[0].kind == Token::Kind::date);
  CHECK(tokenise("3d")[0].kind == Token::Kind::word);
}

TEST_CASE("any bytes make tokens inside the text", "[words]") {
  std::uint32_t random = 12345;
  for (int round = 0; round < 2'000; ++round) {
    std::string text;
    for (int i = 0; i < 40; ++i) {
      random = random * 1664525u + 1013904223u;
      text += static_cast<char>(random >> 24);
    }
    std::size_t end = 0;
    for (const auto& token : tokenise(text)) {
      REQUIRE(token.begin >= end);
      REQUIRE(token.end > token.begin);
      REQUIRE(token.end <= text.size());
      end = token.end;
    }
  }
}

TEST_CASE("calendar units start where they should", "[periods]") {
  const Date day = date_of(2026, 11, 18);
  CHECK(iso(start_of(Unit::week, day)) == "2026-11-16");
  CHECK(iso(start_of(Unit::week, date_of(2026, 11, 22))) == "2026-11-16");
  CHECK(iso(start_of(Unit::week, date_of(2026, 11, 23))) == "2026-11-23");
  CHECK(iso(start_of(Unit::quarter, day)) == "2026-10-01");
  CHECK(iso(plus(date_of(2026, 3, 31), Unit::month, -1)) == "2026-02-28");
  CHECK(iso(plus(date_of(2024, 2, 29), Unit::year, 1)) == "2025-02-28");
}

TEST_CASE("today is the user's day", "[periods]") {
  const std::int64_t late = 1'795'003'200 + 12 * 3600 - 60;  // 23:59 in UTC on the 18th
  CHECK(iso(local_day(late, "UTC")) == "2026-11-18");
  CHECK(iso(local_day(late + 60, "UTC")) == "2026-11-19");
  CHECK(iso(local_day(late, "Asia/Tokyo")) == "2026-11-19");
  CHECK(iso(local_day(late + 60, "America/New_York")) == "2026-11-18");
}

TEST_CASE("a period survives being a filter", "[periods]") {
  for (const Period& period : {Period{date_of(2026, 1, 1), date_of(2027, 1, 1)},
                               Period{date_of(2026, 8, 20), date_of(2026, 11, 18)}, Period{date_of(2026, 3, 1), {}},
                               Period{{}, date_of(2026, 3, 1)}, Period{date_of(2026, 2, 28), date_of(2026, 3, 1)}}) {
    CHECK(from_filter(to_filter(period)) == period);
  }
}

TEST_CASE("periods in words", "[periods]") {
  const Date today = date_of(2026, 11, 18);
  const auto words = [&](Date from, Date until) { return in_words(Period{from, until}, today); };
  CHECK(words(date_of(2026, 10, 1), date_of(2026, 11, 1)) == "October 2026");
  CHECK(words(date_of(2026, 11, 1), date_of(2026, 12, 1)) == "November 2026 so far");
  CHECK(words(date_of(2026, 7, 1), date_of(2026, 10, 1)) == "Q3 2026");
  CHECK(words(date_of(2025, 1, 1), date_of(2026, 1, 1)) == "2025");
  CHECK(words(date_of(2025, 11, 1), date_of(2026, 11, 1)) == "November 2025 to October 2026");
  CHECK(words(date_of(2026, 8, 20), date_of(2026, 11, 18)) == "20 August 2026 to 17 November 2026");
}

TEST_CASE("the earlier period has the same length", "[periods]") {
  CHECK(before({date_of(2026, 10, 1), date_of(2026, 11, 1)}) == Period{date_of(2026, 9, 1), date_of(2026, 10, 1)});
  CHECK(before({date_of(2026, 11, 2), date_of(2026, 11, 16)}) == Period{date_of(2026, 10, 19), date_of(2026, 11, 2)});
}
