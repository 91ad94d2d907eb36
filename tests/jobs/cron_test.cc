// When a schedule fires: what an expression means, what is refused, and what happens when the clocks change.
#include "core/cron.h"

#include <catch2/catch.hpp>
#include <iomanip>
#include <random>
#include <set>
#include <sstream>

namespace {

using namespace std::chrono_literals;
using jobs::Cron;
using jobs::Time;
using jobs::Zone;
using Times = std::vector<std::string>;

// "2024-03-31 01:00:00", in UTC.
Time at(const std::string& text) {
  std::tm parts = {};
  std::istringstream(text) >> std::get_time(&parts, "%Y-%m-%d %H:%M:%S");
  return Time(std::chrono::seconds(timegm(&parts)));
}

std::string text(Time time) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm parts = {};
  gmtime_r(&seconds, &parts);
  std::ostringstream out;
  out << std::put_time(&parts, "%Y-%m-%d %H:%M:%S");
  return out.str();
}

// The first times after `after`, in UTC.
Times firings(const std::string& expression, const std::string& zone, const std::string& after, int count) {
  const Cron cron(expression);
  const Zone in(zone);
  Times found;
  Time time = at(after);
  for (int i = 0; i < count; ++i) found.push_back(text(time = cron.next(time, in)));
  return found;
}

std::string refusal(const std::string& expression) {
  try {
    Cron{expression};
    return "accepted";
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("a cron expression fires when all its fields hold", "[cron]") {
  struct Case {
    std::string expression;
    Times expected;
  };
  // After Wednesday, 2025-01-15 10:20:30.
  const std::vector<Case> cases = {
      {"* * * * *", {"2025-01-15 10:21:00", "2025-01-15 10:22:00"}},
      {"20 * * * *", {"2025-01-15 11:20:00", "2025-01-15 12:20:00"}},
      {"* * * * * *", {"2025-01-15 10:20:31", "2025-01-15 10:20:32"}},
      {"*/20 * * * * *", {"2025-01-15 10:20:40", "2025-01-15 10:21:00"}},
      {"30 20 10 * * *", {"2025-01-16 10:20:30", "2025-01-17 10:20:30"}},
      {"*/15 * * * *", {"2025-01-15 10:30:00", "2025-01-15 10:45:00"}},
      {"5/20 10 * * *", {"2025-01-15 10:25:00", "2025-01-15 10:45:00", "2025-01-16 10:05:00"}},
      {"0 9-17/4 * * *", {"2025-01-15 13:00:00", "2025-01-15 17:00:00", "2025-01-16 09:00:00"}},
      {"0,1,30-31 10 * * *", {"2025-01-15 10:30:00", "2025-01-15 10:31:00", "2025-01-16 10:00:00"}},
      {"0 0 1 * *", {"2025-02-01 00:00:00", "2025-03-01 00:00:00"}},
      {"0 0 31 * *", {"2025-01-31 00:00:00", "2025-03-31 00:00:00", "2025-05-31 00:00:00"}},
      {"0 0 1 jan,Jul *", {"2025-07-01 00:00:00", "2026-01-01 00:00:00"}},
      {"0 0 ? * MON-FRI", {"2025-01-16 00:00:00", "2025-01-17 00:00:00", "2025-01-20 00:00:00"}},
      {"0 0 * * sat-sun", {"2025-01-18 00:00:00", "2025-01-19 00:00:00", "2025-01-25 00:00:00"}},
      {"0 0 * * 0", {"2025-01-19 00:00:00", "2025-01-26 00:00:00"}},
      {"0 0 * * 7", {"2025-01-19 00:00:00", "2025-01-26 00:00:00"}},
      {"0 0 * * 5/2", {"2025-01-17 00:00:00", "2025-01-19 00:00:00", "2025-01-24 00:00:00"}},
      {"  0\t0  1 1   ? ", {"2026-01-01 00:00:00"}},
      {"@hourly", {"2025-01-15 11:00:00", "2025-01-15 12:00:00"}},
      {"@daily", {"2025-01-16 00:00:00", "2025-01-17 00:00:00"}},
      {"@midnight", {"2025-01-16 00:00:00"}},
      {"@weekly", {"2025-01-19 00:00:00", "2025-01-26 00:00:00"}},
      {"@monthly", {"2025-02-01 00:00:00", "2025-03-01 00:00:00"}},
      {"@yearly", {"2026-01-01 00:00:00"}},
      {"@annually", {"2026-01-01 00:00:00", "2027-01-01 00:00:00"}},
      {"@every 90s", {"2025-01-15 10:22:00", "2025-01-15 10:23:30"}},
      {"@every 5m", {"2025-01-15 10:25:30"}},
      {"@every 1h30m", {"2025-01-15 11:50:30", "2025-01-15 13:20:30"}},
      {"@every 366d", {"2026-01-16 10:20:30"}},
      {"@every 1d1h1m1s", {"2025-01-16 11:21:31"}},
  };
  for (const Case& one : cases) {
    INFO(one.expression);
    CHECK(firings(one.expression, "UTC", "2025-01-15 10:20:30", static_cast<int>(one.expected.size())) == one.expected);
  }
}

TEST_CASE("a time counts as passed once its second has begun", "[cron]") {
  const Cron cron("0 12 * * *");
  const Time noon = at("2025-01-15 12:00:00");
  CHECK(cron.next(noon - 1ms, Zone()) == noon);
  CHECK(cron.next(noon, Zone()) == noon + 24h);
  CHECK(cron.next(noon + 1ms, Zone()) == noon + 24h);
}

TEST_CASE("two restricted day fields fire on the days of either, and a star joins them", "[cron]") {
  // The 13th, and Fridays.
  CHECK(firings("0 0 13 * FRI", "UTC", "2025-06-01 00:00:00", 4) ==
        Times{"2025-06-06 00:00:00", "2025-06-13 00:00:00", "2025-06-20 00:00:00", "2025-06-27 00:00:00"});
  CHECK(firings("0 0 13 * FRI", "UTC", "2025-06-27 00:00:00", 3) ==
        Times{"2025-07-04 00:00:00", "2025-07-11 00:00:00", "2025-07-13 00:00:00"});
  // A field that begins with a star restricts as well, but then both must hold: odd days that are Mondays.
  CHECK(firings("0 0 */2 * MON", "UTC", "2025-06-01 00:00:00", 3) ==
        Times{"2025-06-09 00:00:00", "2025-06-23 00:00:00", "2025-07-07 00:00:00"});
  // 30 February comes never, but Mondays in February do.
  CHECK(firings("0 0 30 2 MON", "UTC", "2025-01-01 00:00:00", 2) ==
        Times{"2025-02-03 00:00:00", "2025-02-10 00:00:00"});
}

TEST_CASE("29 February waits for a leap year, over 2100 too", "[cron]") {
  CHECK(firings("0 0 29 2 *", "UTC", "2024-02-28 23:59:59", 3) ==
        Times{"2024-02-29 00:00:00", "2028-02-29 00:00:00", "2032-02-29 00:00:00"});
  CHECK(firings("0 0 29 2 *", "UTC", "2096-02-29 00:00:00", 1) == Times{"2104-02-29 00:00:00"});
  // A field with a star joins: on Saturdays and Sundays only.
  CHECK(firings("0 0 29 2 */6", "UTC", "2076-02-29 00:00:00", 2) ==
        Times{"2088-02-29 00:00:00", "2116-02-29 00:00:00"});
}

TEST_CASE("what cannot be understood, or never fires, is refused with the field and the reason", "[cron]") {
  struct Case {
    std::string expression;
    std::string reason;
  };
  const std::vector<Case> cases = {
      {"", "it has 0 fields, not 5"},
      {"* * * *", "it has 4 fields, not 5"},
      {"0 0 0 1 1 ? 2026", "it has 7 fields"},
      {"60 * * * *", "minute: 60 is not in 0-59"},
      {"60 * * * * *", "second: 60 is not in 0-59"},
      {"* 24 * * *", "hour: 24 is not in 0-23"},
      {"* * 0 * *", "day of month: 0 is not in 1-31"},
      {"* * 32 * *", "day of month: 32 is not in 1-31"},
      {"* * * 13 *", "month: 13 is not in 1-12"},
      {"* * * 0 *", "month: 0 is not in 1-12"},
      {"* * * * 8", "day of week: 8 is not in 0-7"},
      {"99999999999 * * * *", "minute: \"99999999999\" is no number"},
      {"-1 * * * *", "minute: \"-1\" is no number"},
      {"+1 * * * *", "minute: \"+1\" is no number"},
      {"1-2-3 * * * *", "minute: \"1-2-3\" is no number"},
      {"x * * * *", "minute: \"x\" is no number"},
      {"* * * MONDAY *", "month: \"MONDAY\" is no number and no name such as FEB"},
      {"* * * JANUARY *", "month: \"JANUARY\" is no number"},
      {"1,,2 * * * *", "minute: nothing between two commas"},
      {",1 * * * *", "minute: nothing between two commas"},
      {"1, * * * *", "minute: nothing after the last comma"},
      {"1- * * * *", "minute: \"1-\" is no number"},
      {"*/0 * * * *", "minute: the step of \"*/0\" is not in 1-59"},
      {"*/60 * * * *", "there is @every"},
      {"*/x * * * *", "minute: the step of \"*/x\""},
      {"*/ * * * *", "minute: the step of \"*/\""},
      {"* 22-2 * * *", "hour: \"22-2\" goes backwards; write the two ends as a list, such as 22-23,0-2"},
      {"* ? * * *", "hour: ? stands for a day only"},
      {"* * ?/2 * *", "day of month: ? takes no step"},
      {"* * L * *", "day of month: \"L\": L, W and # are not supported"},
      {"* * 15W * *", "day of month: \"15W\": L, W and # are not supported"},
      {"* * * * FRI#2", "day of week: \"FRI#2\": L, W and # are not supported"},
      {"* * * * 5L", "day of week: \"5L\": L, W and # are not supported"},
      {"* * 31 2 *", "day of month: none of the months named has such a day"},
      {"* * 30 FEB ?", "day of month: none of the months named has such a day"},
      {"* * 31 4,6,9,11 *", "day of month: none of the months named has such a day"},
      {"@reboot", "@reboot is not known; there are @hourly"},
      {"@every", "@every takes one length"},
      {"@every 1 h", "@every takes one length"},
      {"@every 5", "each number needs a unit: d, h, m or s"},
      {"@every 1w", "each number needs a unit: d, h, m or s"},
      {"@every h", "write it like 90s, 5m or 1h30m"},
      {"@every -5s", "write it like 90s, 5m or 1h30m"},
      {"@every 0s", "at least 1s"},
      {"@every 30m1h", "h before m"},
      {"@every 1m1m", "h before m"},
      {"@every 366d1s", "at most 366d"},
      {"@every 9999999999999h", "write it like"},
      {std::string(256, '*'), "at most 255 bytes"},
  };
  for (const Case& one : cases) {
    INFO(one.expression);
    CHECK_THAT(refusal(one.expression), Catch::Contains(one.reason));
  }
  // The neighbours of what is refused.
  for (const char* const good :
       {"59 23 31 12 7", "0 0 29 2 *", "0 0 31 2,3 *", "*/59 */23 */30 */11 */6", "* * ? * ?"}) {
    INFO(good);
    CHECK(refusal(good) == "accepted");
  }
}

TEST_CASE("only a time zone of the database is taken", "[cron]") {
  for (const char* const bad : {"", "Mars/Olympus", "../../etc/passwd", "europe/berlin", "Europe"}) {
    INFO(bad);
    CHECK_THROWS_AS(Zone(bad), std::invalid_argument);
  }
  for (const char* const good : {"UTC", "Etc/UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"}) {
    INFO(good);
    CHECK_NOTHROW(Zone(good));
  }
}

// Berlin 2024: at 01:00 UTC on 31 March 02:00 becomes 03:00, and on 27 October 03:00 becomes 02:00.
TEST_CASE("a time that the clock skips fires once, at the first moment after the gap", "[cron]") {
  CHECK(firings("30 2 * * *", "Europe/Berlin", "2024-03-29 12:00:00", 3) ==
        Times{"2024-03-30 01:30:00", "2024-03-31 01:00:00", "2024-04-01 00:30:00"});
  // Twelve skipped times are one firing, and so are a skipped one and one that is due at that moment anyway.
  CHECK(firings("*/5 2 * * *", "Europe/Berlin", "2024-03-30 12:00:00", 2) ==
        Times{"2024-03-31 01:00:00", "2024-04-01 00:00:00"});
  CHECK(firings("0 2,3 * * *", "Europe/Berlin", "2024-03-30 12:00:00", 2) ==
        Times{"2024-03-31 01:00:00", "2024-04-01 00:00:00"});
  // Both sides of the gap.
  CHECK(firings("59 1 * * *", "Europe/Berlin", "2024-03-30 12:00:00", 2) ==
        Times{"2024-03-31 00:59:00", "2024-03-31 23:59:00"});
  CHECK(firings("0 3 * * *", "Europe/Berlin", "2024-03-30 12:00:00", 2) ==
        Times{"2024-03-31 01:00:00", "2024-04-01 01:00:00"});

  // New York 2024: at 07:00 UTC on 10 March 02:00 becomes 03:00.
  CHECK(firings("15 2 * * *", "America/New_York", "2024-03-09 00:00:00", 3) ==
        Times{"2024-03-09 07:15:00", "2024-03-10 07:00:00", "2024-03-11 06:15:00"});
  // Lord Howe 2024: at 15:30 UTC on 5 October 02:00 becomes 02:30.
  CHECK(firings("15 2 * * *", "Australia/Lord_Howe", "2024-10-04 00:00:00", 3) ==
        Times{"2024-10-04 15:45:00", "2024-10-05 15:30:00", "2024-10-06 15:15:00"});
  CHECK(firings("45 2 * * *", "Australia/Lord_Howe", "2024-10-05 00:00:00", 2) ==
        Times{"2024-10-05 15:45:00", "2024-10-06 15:45:00"});
  // Samoa had no 30 December 2011.
  CHECK(firings("0 12 30 12 *", "Pacific/Apia", "2011-01-01 00:00:00", 2) ==
        Times{"2011-12-30 10:00:00", "2012-12-29 22:00:00"});
}

TEST_CASE("a time that comes twice fires at its first coming", "[cron]") {
  CHECK(firings("30 2 * * *", "Europe/Berlin", "2024-10-26 12:00:00", 2) ==
        Times{"2024-10-27 00:30:00", "2024-10-28 01:30:00"});
  CHECK(firings("*/30 2 * * *", "Europe/Berlin", "2024-10-26 12:00:00", 3) ==
        Times{"2024-10-27 00:00:00", "2024-10-27 00:30:00", "2024-10-28 01:00:00"});
  // Asked between the two comings.
  CHECK(firings("45 2 * * *", "Europe/Berlin", "2024-10-27 00:50:00", 1) == Times{"2024-10-28 01:45:00"});
  // Both sides of what is repeated.
  CHECK(firings("59 1 * * *", "Europe/Berlin", "2024-10-26 12:00:00", 2) ==
        Times{"2024-10-26 23:59:00", "2024-10-28 00:59:00"});
  CHECK(firings("0 3 * * *", "Europe/Berlin", "2024-10-26 12:00:00", 2) ==
        Times{"2024-10-27 02:00:00", "2024-10-28 02:00:00"});

  // New York 2024: at 06:00 UTC on 3 November 02:00 becomes 01:00.
  CHECK(firings("30 1 * * *", "America/New_York", "2024-11-02 12:00:00", 2) ==
        Times{"2024-11-03 05:30:00", "2024-11-04 06:30:00"});
  // Lord Howe 2024: at 15:00 UTC on 6 April 02:00 becomes 01:30.
  CHECK(firings("45 1 * * *", "Australia/Lord_Howe", "2024-04-06 00:00:00", 2) ==
        Times{"2024-04-06 14:45:00", "2024-04-07 15:15:00"});
  CHECK(firings("0 2 * * *", "Australia/Lord_Howe", "2024-04-06 00:00:00", 2) ==
        Times{"2024-04-06 15:30:00", "2024-04-07 15:30:00"});
}

TEST_CASE("a schedule of every hour fires in each hour that passes", "[cron]") {
  for (const char* const each : {"30 * * * *", "30 */1 * * *", "30 0-23 * * *"}) {
    INFO(each);
    CHECK(firings(each, "Europe/Berlin", "2024-03-31 00:00:00", 3) ==
          Times{"2024-03-31 00:30:00", "2024-03-31 01:30:00", "2024-03-31 02:30:00"});
    CHECK(firings(each, "Europe/Berlin", "2024-10-27 00:00:00", 3) ==
          Times{"2024-10-27 00:30:00", "2024-10-27 01:30:00", "2024-10-27 02:30:00"});
  }
  CHECK(firings("@hourly", "America/New_York", "2024-03-10 05:30:00", 3) ==
        Times{"2024-03-10 06:00:00", "2024-03-10 07:00:00", "2024-03-10 08:00:00"});
  CHECK(firings("@hourly", "America/New_York", "2024-11-03 04:30:00", 3) ==
        Times{"2024-11-03 05:00:00", "2024-11-03 06:00:00", "2024-11-03 07:00:00"});
  // The first half of an hour is skipped: what it held comes at its middle. Here it is 13:30 UTC = 00:00.
  CHECK(firings("15 * * * *", "Australia/Lord_Howe", "2024-10-05 14:00:00", 3) ==
        Times{"2024-10-05 14:45:00", "2024-10-05 15:30:00", "2024-10-05 16:15:00"});
  CHECK(firings("45 * * * *", "Australia/Lord_Howe", "2024-10-05 14:00:00", 3) ==
        Times{"2024-10-05 14:15:00", "2024-10-05 15:15:00", "2024-10-05 15:45:00"});
  // The second half of an hour is repeated.
  CHECK(firings("45 * * * *", "Australia/Lord_Howe", "2024-04-06 14:00:00", 3) ==
        Times{"2024-04-06 14:45:00", "2024-04-06 15:15:00", "2024-04-06 16:15:00"});
  CHECK(firings("*/30 * * * *", "Europe/Berlin", "2024-10-27 00:29:59", 4) ==
        Times{"2024-10-27 00:30:00", "2024-10-27 01:00:00", "2024-10-27 01:30:00", "2024-10-27 02:00:00"});
}

TEST_CASE("an interval is a length of time, whatever the clocks do", "[cron]") {
  CHECK(firings("@every 12h", "Europe/Berlin", "2024-03-30 18:00:00", 2) ==
        Times{"2024-03-31 06:00:00", "2024-03-31 18:00:00"});
  CHECK(Cron("@every 1s").next(at("2025-01-01 00:00:00") + 7ms, Zone()) == at("2025-01-01 00:00:01") + 7ms);
}

TEST_CASE("the last time before a moment is found over any distance", "[cron]") {
  const Zone utc;
  const Time start = at("2000-01-01 00:00:00");
  const Time end = at("2025-06-15 10:20:30");
  CHECK(Cron("* * * * * *").last(start, end, utc) == end);
  CHECK(Cron("0 0 29 2 *").last(start, end, utc) == at("2024-02-29 00:00:00"));
  CHECK(Cron("* 3 * * *").last(start, end, utc) == at("2025-06-15 03:59:00"));
  CHECK(Cron("@every 7h").last(start, start + 7h * 1000 + 1ms, utc) == start + 7h * 1000);
  // Both ends: not at `after`, but at `until`.
  const Cron daily("@daily");
  CHECK(daily.last(start, start + 24h - 1ms, utc) == std::nullopt);
  CHECK(daily.last(start, start + 24h, utc) == start + 24h);
  CHECK(daily.last(start, start, utc) == std::nullopt);
  CHECK(daily.last(start, start - 1h, utc) == std::nullopt);
  CHECK(Cron("@every 1h").last(start, start + 1h - 1ms, utc) == std::nullopt);
  CHECK(Cron("@every 1h").last(start, start - 3h, utc) == std::nullopt);
  // A firing that a gap has moved.
  CHECK(Cron("30 2 * * *").last(at("2024-03-30 12:00:00"), at("2024-03-31 01:00:00"), Zone("Europe/Berlin")) ==
        at("2024-03-31 01:00:00"));
}

TEST_CASE("there is nothing after the year 9999", "[cron]") {
  CHECK(Cron("@yearly").next(at("9999-01-01 00:00:00"), Zone()) == Time::max());
  CHECK(Cron("@every 1s").next(Time::max(), Zone("Europe/Berlin")) == Time::max());
  CHECK(Cron("* * * * *").next(Time::max(), Zone("Europe/Berlin")) == Time::max());
}

// Random schedules of minutes, compared with a walk over every minute around a change of the clocks.
TEST_CASE("next() gives the very minutes that a walk over all of them finds, each later than the one before",
          "[cron]") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 generator(seed);
  const auto draw = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(generator); };
  const auto set = [&](int low, int high, int most) {
    std::set<int> numbers;
    for (int i = draw(1, most); i > 0; --i) numbers.insert(draw(low, high));
    return numbers;
  };
  const auto list = [](const std::set<int>& numbers) {
    std::string result;
    for (const int number : numbers) result += (result.empty() ? "" : ",") + std::to_string(number);
    return result;
  };
  struct Change {
    const char* zone;
    const char* at;
    std::chrono::seconds before;
    std::chrono::seconds after;
  };
  const std::vector<Change> changes = {
      {"Europe/Berlin", "2024-03-31 01:00:00", 1h, 2h},
      {"Europe/Berlin", "2024-10-27 01:00:00", 2h, 1h},
      {"America/New_York", "2024-03-10 07:00:00", -5h, -4h},
      {"America/New_York", "2024-11-03 06:00:00", -4h, -5h},
      {"Australia/Lord_Howe", "2024-10-05 15:30:00", 10h + 30min, 11h},
      {"Australia/Lord_Howe", "2024-04-06 15:00:00", 11h, 10h + 30min},
      {"America/Havana", "2024-11-03 05:00:00", -4h, -5h},
      {"America/Havana", "2024-03-10 05:00:00", -5h, -4h},
  };
  for (int round = 0; round < 200; ++round) {
    const Change& change = changes[static_cast<std::size_t>(draw(0, static_cast<int>(changes.size()) - 1))];
    const std::set<int> minutes = set(0, 59, 3);
    std::set<int> hours = set(0, 4, 4);
    const bool every_hour = draw(0, 2) == 0;
    for (int hour = 0; every_hour && hour < 24; ++hour) hours.insert(hour);
    const std::string expression = list(minutes) + " " + list(hours) + " * * *";
    INFO(expression << " in " << change.zone << " at " << change.at);
    const Time moment = at(change.at);
    const auto matches = [&](std::int64_t minute) {  // of the wall clock, since 1970
      return minutes.contains(static_cast<int>(minute % 60)) && hours.contains(static_cast<int>(minute / 60 % 24));
    };
    const auto on_wall = [&](Time time, std::chrono::seconds offset) {
      return (time.time_since_epoch() + offset) / std::chrono::minutes(1);
    };
    std::vector<std::string> walked;
    for (Time time = moment - 6h; time <= moment + 30h; time += 1min) {
      const std::int64_t minute = on_wall(time, time < moment ? change.before : change.after);
      bool fires = matches(minute);
      if (time >= moment && minute < on_wall(moment, change.before) && !every_hour) fires = false;
      if (time == moment) {
        for (auto skipped = on_wall(moment, change.before); skipped < on_wall(moment, change.after); ++skipped) {
          if (!every_hour || skipped / 60 == on_wall(moment, change.after) / 60) fires = fires || matches(skipped);
        }
      }
      if (fires) walked.push_back(text(time));
    }
    const Cron cron(expression);
    const Zone zone(change.zone);
    std::vector<std::string> found;
    Time last = moment - 6h - 1ms;
    for (Time time = cron.next(last, zone); time <= moment + 30h; time = cron.next(last, zone)) {
      REQUIRE(time > last);
      last = time;
      const auto local = std::chrono::local_seconds(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch() +
                                                    (time < moment ? change.before : change.after));
      CHECK((cron.matches(local) || time == moment));
      found.push_back(text(time));
    }
    CHECK(found == walked);
    if (!found.empty()) CHECK(cron.last(moment - 6h - 1ms, moment + 30h, zone) == at(found.back()));
  }
}

TEST_CASE("next() rises and matches for expressions of every kind", "[cron]") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 generator(seed);
  const auto pick = [&](const std::vector<const char*>& from) { return std::string(from[generator() % from.size()]); };
  for (int round = 0; round < 200; ++round) {
    const std::string expression =
        pick({"0", "*", "*/7", "5-50/9"}) + " " + pick({"*", "0", "59", "3/11", "1,2,3"}) + " " +
        pick({"*", "0", "12", "*/5", "20-23"}) + " " + pick({"*", "?", "1", "29", "30", "*/10"}) + " " +
        pick({"*", "2,4", "JAN-MAR", "*/5", "12"}) + " " + pick({"*", "?", "MON", "6-7", "*/3"});
    INFO(expression);
    const Cron cron(expression);
    Time last = at("2020-01-01 00:00:00") + std::chrono::hours(generator() % 100'000);
    for (int i = 0; i < 20; ++i) {
      const Time time = cron.next(last, Zone());
      REQUIRE(time > last);
      REQUIRE(time < last + 24h * 366 * 41);
      CHECK(
          cron.matches(std::chrono::local_seconds(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch())));
      last = time;
    }
  }
}
