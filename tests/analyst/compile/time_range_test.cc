// Date expressions: what each means at its edges, in UTC and in zones whose clocks change.

#include <catch2/catch.hpp>

#include "analyst/compile/shop.h"
#include "compile/time_range.h"

using namespace analyst;
using analyst::test::now;

namespace {

Filter date(Filter::Kind kind, std::string left, std::string right = {}) {
  return {.type = Filter::Type::date, .kind = kind, .left = std::move(left), .right = std::move(right)};
}

Interval on(std::string expression, const std::string& zone = "UTC", Moment moment = now) {
  return utc_interval(date(Filter::Kind::on, std::move(expression)), zone, moment);
}

}  // namespace

TEST_CASE("an expression is one period of the calendar", "[time]") {
  struct Row {
    std::string expression, from, until;
  };
  // Now is Wednesday, 2025-03-12 10:30:00.
  const auto row = GENERATE(values<Row>({
      {"2025", "2025-01-01 00:00:00", "2026-01-01 00:00:00"},
      {"2025-Q2", "2025-04-01 00:00:00", "2025-07-01 00:00:00"},
      {"2025-q4", "2025-10-01 00:00:00", "2026-01-01 00:00:00"},
      {"2025-02", "2025-02-01 00:00:00", "2025-03-01 00:00:00"},
      {"2024-02-29", "2024-02-29 00:00:00", "2024-03-01 00:00:00"},
      {"2025-03-09 14", "2025-03-09 14:00:00", "2025-03-09 15:00:00"},
      {"2025-03-09 14:05", "2025-03-09 14:05:00", "2025-03-09 14:06:00"},
      {"2025-03-09T14:05:59", "2025-03-09 14:05:59", "2025-03-09 14:06:00"},
      {"2025-03-09T14:05:59.123Z", "2025-03-09 14:05:59", "2025-03-09 14:06:00"},
      {"now", "2025-03-12 10:30:00", "2025-03-12 10:30:01"},
      {"today", "2025-03-12 00:00:00", "2025-03-13 00:00:00"},
      {"Yesterday", "2025-03-11 00:00:00", "2025-03-12 00:00:00"},
      {" tomorrow ", "2025-03-13 00:00:00", "2025-03-14 00:00:00"},
      {"this week", "2025-03-10 00:00:00", "2025-03-17 00:00:00"},
      {"last week", "2025-03-03 00:00:00", "2025-03-10 00:00:00"},
      {"this month", "2025-03-01 00:00:00", "2025-04-01 00:00:00"},
      {"previous month", "2025-02-01 00:00:00", "2025-03-01 00:00:00"},
      {"current quarter", "2025-01-01 00:00:00", "2025-04-01 00:00:00"},
      {"last quarter", "2024-10-01 00:00:00", "2025-01-01 00:00:00"},
      {"last year", "2024-01-01 00:00:00", "2025-01-01 00:00:00"},
      {"next year", "2026-01-01 00:00:00", "2027-01-01 00:00:00"},
      {"12 months ago", "2024-03-01 00:00:00", "2024-04-01 00:00:00"},
      {"12 complete months ago", "2024-03-01 00:00:00", "2024-04-01 00:00:00"},
      {"1 day ago", "2025-03-11 00:00:00", "2025-03-12 00:00:00"},
      {"0 days ago", "2025-03-12 00:00:00", "2025-03-13 00:00:00"},
      {"3 days from now", "2025-03-15 00:00:00", "2025-03-16 00:00:00"},
      {"2 hours ago", "2025-03-12 08:00:00", "2025-03-12 09:00:00"},
      {"1 quarter ago", "2024-10-01 00:00:00", "2025-01-01 00:00:00"},
  }));
  CAPTURE(row.expression);
  CHECK(on(row.expression) == Interval{row.from, row.until});
}

TEST_CASE("the kinds of a date filter", "[time]") {
  const auto interval = [](Filter filter) { return utc_interval(filter, "UTC", now); };
  using Kind = Filter::Kind;
  CHECK(interval(date(Kind::before, "this month")) == Interval{"", "2025-03-01 00:00:00"});
  CHECK(interval(date(Kind::on_or_after, "last year")) == Interval{"2024-01-01 00:00:00", ""});
  CHECK(interval(date(Kind::between, "2025-01", "2025-02-10")) == Interval{"2025-01-01 00:00:00", "2025-02-11 00:00:00"});
  CHECK(interval(date(Kind::time_for_interval_duration, "12 months ago", "12 months")) ==
        Interval{"2024-03-01 00:00:00", "2025-03-01 00:00:00"});
  CHECK(interval(date(Kind::time_for_interval_duration, "30 days ago", "30 days")) ==
        Interval{"2025-02-10 00:00:00", "2025-03-12 00:00:00"});
  // A month from the last day of January ends on the last day of February.
  CHECK(interval(date(Kind::time_for_interval_duration, "2025-01-31", "1 month")) ==
        Interval{"2025-01-31 00:00:00", "2025-02-28 00:00:00"});
}

TEST_CASE("what is not a date is an error that quotes it", "[time]") {
  const auto text = GENERATE("", "someday", "2025-13", "2025-02-29", "2025-00-10", "2025-1-1", "12", "months ago",
                             "-3 days ago", "3 fortnights ago", "last", "this months", "2025-Q5", "2025-Q0", "20250101",
                             "2025-01-01 25:00", "2025-01-01 10:60", "2025-01-01T", "1 day ago ago", "99999999 days ago",
                             "'; DROP TABLE orders; --", "2025-01-01\n2025-01-02");
  CAPTURE(text);
  CHECK_THROWS_AS(on(text), Error);
  CHECK_THROWS_AS(on("100000 years ago"), Error);
  CHECK_THROWS_AS(utc_interval(date(Filter::Kind::time_for_interval_duration, "today", text), "UTC", now), Error);
}

TEST_CASE("a day is the day of the user's zone", "[time]") {
  CHECK(on("today", "Europe/Berlin") == Interval{"2025-03-11 23:00:00", "2025-03-12 23:00:00"});
  CHECK(on("today", "Asia/Kolkata") == Interval{"2025-03-11 18:30:00", "2025-03-12 18:30:00"});
  // At 10:30 UTC it is half past midnight in Honolulu.
  CHECK(on("today", "Pacific/Honolulu") == Interval{"2025-03-12 10:00:00", "2025-03-13 10:00:00"});
  CHECK(on("today", "Pacific/Honolulu", Moment{now.now - 1'801}) ==
        Interval{"2025-03-11 10:00:00", "2025-03-12 10:00:00"});
  CHECK(on("2025-03-12T10:30:00Z", "Europe/Berlin") == Interval{"2025-03-12 10:30:00", "2025-03-12 10:30:01"});
  CHECK(local_interval(date(Filter::Kind::on, "now"), "Europe/Berlin", now).from == "2025-03-12 11:30:00");
}

TEST_CASE("days on which the clocks change have 23 or 25 hours", "[time]") {
  CHECK(on("2025-03-30", "Europe/Berlin") == Interval{"2025-03-29 23:00:00", "2025-03-30 22:00:00"});
  CHECK(on("2025-10-26", "Europe/Berlin") == Interval{"2025-10-25 22:00:00", "2025-10-26 23:00:00"});
  // Beirut's clocks skip midnight: the day starts with the change.
  CHECK(on("2024-03-31", "Asia/Beirut") == Interval{"2024-03-30 22:00:00", "2024-03-31 21:00:00"});
}

TEST_CASE("a zone that does not exist is an error", "[time]") {
  const auto zone = GENERATE("Mars/Olympus", "", "../../etc/passwd", "/etc/passwd");
  CAPTURE(zone);
  CHECK_THROWS_AS(on("today", zone), Error);
}

TEST_CASE("intervals grow to whole periods", "[time]") {
  const Interval some{"2025-01-20 10:00:00", "2025-02-01 00:00:01"};
  CHECK(whole_periods(some, Timeframe::month) == Interval{"2025-01-01 00:00:00", "2025-03-01 00:00:00"});
  CHECK(whole_periods(some, Timeframe::week) == Interval{"2025-01-20 00:00:00", "2025-02-03 00:00:00"});
  CHECK(to_days(some) == Interval{"2025-01-20", "2025-02-02"});
  CHECK(to_days({"", "2025-02-01 00:00:00"}) == Interval{"", "2025-02-01"});
}
