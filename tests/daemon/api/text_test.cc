// The small text functions of the API: JSON as text, times, preferences.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "api/json_text.h"
#include "api/prefer.h"
#include "iso_time.h"

using namespace std::chrono_literals;

TEST_CASE("a member is found as it was written", "[text]") {
  CHECK(jobsd::member_text(R"({"a":1,"b": { "x" : 1.0e5 , "y":[ ] } ,"c":2})", "b") == R"({ "x" : 1.0e5 , "y":[ ] })");
  CHECK(jobsd::member_text(R"( { "a" : "q\"}," , "b" : 7 } )", "b") == "7");
  CHECK(jobsd::member_text(R"({"a":{"b":1},"b":2})", "b") == "2");
  CHECK(jobsd::member_text(R"({"b":1,"b":{}})", "b") == "{}");
  CHECK(jobsd::member_text(R"({"\u0062":3})", "b") == "3");
  CHECK(jobsd::member_text(R"({"a":"b"})", "b") == std::nullopt);
  CHECK(jobsd::member_text("{}", "b") == std::nullopt);
  CHECK(jobsd::member_text(R"(["b"])", "b") == std::nullopt);
}

TEST_CASE("text that is cut anywhere is never read past its end", "[text]") {
  const std::string whole = R"({"a":{"x":["\\",{}]},"b":"\"","c":[1,2]})";
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    const std::string cut = whole.substr(0, length);
    static_cast<void>(jobsd::member_text(cut, "c"));
    CHECK(jobsd::nesting_depth(cut) <= 4);
  }
}

TEST_CASE("nesting is counted outside of strings", "[text]") {
  CHECK(jobsd::nesting_depth("1") == 0);
  CHECK(jobsd::nesting_depth("[]") == 1);
  CHECK(jobsd::nesting_depth(R"({"a":["[[[["]})") == 2);
  CHECK(jobsd::nesting_depth("[][][[]]") == 2);
}

TEST_CASE("times are written and read back to the millisecond", "[text]") {
  const jobs::Time time = std::chrono::sys_days(std::chrono::year(2025) / 1 / 15) + 10h + 5s + 7ms;
  CHECK(jobsd::iso_time(time) == "2025-01-15T10:00:05.007Z");
  CHECK(jobsd::parse_iso_time("2025-01-15T10:00:05.007Z") == time);
  CHECK(jobsd::parse_iso_time("2025-01-15T10:00:05Z") == time - 7ms);
  CHECK(jobsd::parse_iso_time("2025-01-15T10:00:05.1Z") == time + 93ms);
  CHECK(jobsd::parse_iso_time("2024-02-29"));
  for (const char* bad : {"", "2025", "2025-02-29", "2025-13-01", "2025-01-15T24:00:00Z", "2025-01-15T10:60:00Z",
                          "2025-01-15T10:00:60Z", "2025-01-15T10:00:05", "2025-01-15T10:00:05+01:00",
                          "2025-01-15T10:00:05.Z", "2025-01-15T10:00:05.0001Z", "2025-01-15T10:00:05Z ", "x025-01-15"}) {
    INFO(bad);
    CHECK_FALSE(jobsd::parse_iso_time(bad));
  }
}

TEST_CASE("a preference to wait is read, bounded, and ignored when it cannot be read", "[text]") {
  const auto wait = [](const std::string& value) {
    http::Headers headers;
    headers.add("Prefer", value);
    return jobsd::preferred_wait(headers);
  };
  CHECK(jobsd::preferred_wait({}) == 0s);
  CHECK(wait("wait=5") == 5s);
  CHECK(wait("respond-async, wait=10") == 10s);
  CHECK(wait("wait=\"7\"") == 7s);
  CHECK(wait("wait=60") == 60s);
  CHECK(wait("wait=61") == 60s);
  CHECK(wait("wait=99999999999999999999") == 60s);
  CHECK(wait("wait=0") == 0s);
  for (const char* bad : {"wait", "wait=", "wait=-1", "wait=5x", "waiting=5", ",,", "wait=1.5"}) CHECK(wait(bad) == 0s);
}
