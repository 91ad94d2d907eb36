// Retry-After in both of its forms, and what only looks like one.
#include "outbound/retry_after.h"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using outbound::parse_retry_after;

namespace {
// Fri, 31 Dec 1999 23:59:00 GMT.
constexpr std::chrono::sys_seconds kNow(946'684'740s);
}  // namespace

TEST_CASE("Retry-After is read as seconds", "[retry_after]") {
  CHECK(parse_retry_after("120", kNow) == 120s);
  CHECK(parse_retry_after("  0\r\n", kNow) == 0s);
  CHECK(parse_retry_after("99999999999999999999", kNow) > 24h * 365);
}

TEST_CASE("Retry-After is read as a date in each form HTTP allows", "[retry_after]") {
  CHECK(parse_retry_after("Fri, 31 Dec 1999 23:59:59 GMT", kNow) == 59s);
  CHECK(parse_retry_after("Friday, 31-Dec-99 23:59:59 GMT", kNow) == 59s);
  CHECK(parse_retry_after("Fri Dec 31 23:59:59 1999", kNow) == 59s);
  // Already over: no wait is asked for.
  CHECK(parse_retry_after("Fri, 31 Dec 1999 23:58:59 GMT", kNow) == 0s);
}

TEST_CASE("a Retry-After that is neither is ignored", "[retry_after]") {
  for (const char* value :
       {"", " ", "-1", "1.5", "soon", "1e3", "0x10", "Fri", "12:00", "Fri, 99 Foo 1999 23:59:59 GMT"}) {
    INFO(value);
    CHECK_FALSE(parse_retry_after(value, kNow));
  }
  CHECK_FALSE(parse_retry_after(std::string(100'000, ':'), kNow));
}
