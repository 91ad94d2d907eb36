// When a webhook is tried again: the schedule, its spread, and what a receiver may ask for.
#include "core/delivery_schedule.h"

#include <catch2/catch.hpp>
#include <limits>

#include "core/receiver_host.h"
#include "core/utf8.h"

namespace {

using namespace std::chrono_literals;
using jobs::after_attempt;
using jobs::DeliveryState;
using std::chrono::milliseconds;

const std::vector<milliseconds> kWaits = {5s, 5min, 30min, 2h, 5h, 10h, 14h, 20h, 24h};

}  // namespace

TEST_CASE("each failure waits longer, within a fifth to either side", "[schedule]") {
  for (std::size_t i = 0; i < kWaits.size(); ++i) {
    const int attempts = static_cast<int>(i) + 1;
    INFO("after attempt " << attempts);
    const auto width = static_cast<std::uint64_t>(kWaits[i].count()) * 2 / 5;
    CHECK(after_attempt(attempts, 500, {}, 0).wait == kWaits[i] * 4 / 5);
    CHECK(after_attempt(attempts, 500, {}, width).wait == kWaits[i] * 6 / 5);
    CHECK(after_attempt(attempts, 500, {}, width + 1).wait == kWaits[i] * 4 / 5);
    for (std::uint64_t random = 1; random < 2'000'000'000'000'000'000; random = random * 31 + 7) {
      const auto wait = after_attempt(attempts, 500, {}, random).wait;
      CHECK(wait >= kWaits[i] * 4 / 5);
      CHECK(wait <= kWaits[i] * 6 / 5);
    }
  }
}

TEST_CASE("the tenth failure is the last", "[schedule]") {
  CHECK(after_attempt(9, 500, {}, 0).state == DeliveryState::pending);
  CHECK(after_attempt(10, 500, {}, 0).state == DeliveryState::dead);
  // Sent again by hand after its schedule had ended.
  CHECK(after_attempt(11, 500, {}, 0).state == DeliveryState::dead);
  CHECK(after_attempt(10, 200, {}, 0).state == DeliveryState::delivered);
  CHECK(after_attempt(11, 200, {}, 0).state == DeliveryState::delivered);
}

TEST_CASE("only 2xx is delivered, and only 410 ends the schedule", "[schedule]") {
  for (const int status : {200, 201, 202, 204, 226, 299}) {
    INFO(status);
    CHECK(after_attempt(1, status, {}, 0).state == DeliveryState::delivered);
  }
  for (const int status : {0, 199, 300, 301, 302, 307, 308, 400, 401, 404, 409, 411, 429, 500, 503, 599, 999}) {
    INFO(status);
    CHECK(after_attempt(1, status, {}, 0).state == DeliveryState::pending);
  }
  CHECK(after_attempt(1, 410, {}, 0).state == DeliveryState::dead);
  CHECK(after_attempt(1, 410, 1s, 0).state == DeliveryState::dead);
}

TEST_CASE("Retry-After lengthens a wait up to twice its length, and never shortens it", "[schedule]") {
  // The second wait is five minutes; its spread is taken at the low end, four.
  CHECK(after_attempt(2, 503, 0s, 0).wait == 4min);
  CHECK(after_attempt(2, 503, 239s, 0).wait == 4min);
  CHECK(after_attempt(2, 503, 241s, 0).wait == 241s);
  CHECK(after_attempt(2, 503, 10min, 0).wait == 10min);
  CHECK(after_attempt(2, 503, 601s, 0).wait == 10min);
  CHECK(after_attempt(2, 503, std::chrono::seconds::max(), 0).wait == 10min);
  CHECK(after_attempt(2, 503, std::chrono::seconds::min(), 0).wait == 4min);
  // Any failure may ask, also one that is not 429 or 503.
  CHECK(after_attempt(1, 404, 9s, 0).wait == 9s);
}

TEST_CASE("deliveries are grouped by host and port", "[schedule]") {
  using jobs::receiver_host;
  CHECK(receiver_host("https://example.com/hook") == "example.com:443");
  CHECK(receiver_host("http://example.com") == "example.com:80");
  CHECK(receiver_host("HTTPS://Example.COM:443?q") == "example.com:443");
  CHECK(receiver_host("https://example.com.:8443/") == "example.com:8443");
  CHECK(receiver_host("https://example.com:") == "example.com:443");
  CHECK(receiver_host("https://[2606:4700::1111]/x") == "[2606:4700::1111]:443");
  CHECK(receiver_host("https://[2606:4700::1111]:8443/x") == "[2606:4700::1111]:8443");
  CHECK(receiver_host("https://example.com/a@b:1") == "example.com:443");
  CHECK(receiver_host("https://user:p@example.com:1/") == "example.com:1");
  CHECK_NOTHROW(receiver_host(""));
  CHECK_NOTHROW(receiver_host("https://"));
  CHECK_NOTHROW(receiver_host("]:@/"));
}

TEST_CASE("an answer is stored as UTF-8 whatever it was", "[schedule]") {
  using jobs::utf8_prefix;
  CHECK(utf8_prefix("plain", 5) == "plain");
  CHECK(utf8_prefix("plain", 4) == "plai");
  CHECK(utf8_prefix("", 0).empty());
  const std::string check = "\xe2\x9c\x93";
  CHECK(utf8_prefix("a" + check, 4) == "a" + check);
  // The cut falls into the character.
  CHECK(utf8_prefix("a" + check, 3) == "a");
  CHECK(utf8_prefix("a" + check, 2) == "a");
  // The text itself ends in the middle of one.
  const std::string bad = "\xef\xbf\xbd";
  CHECK(utf8_prefix("a\xe2\x9c", 10) == "a" + bad + bad);
  for (const char* text :
       {"\x80", "\xff", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80"}) {
    CHECK(utf8_prefix(text, 10).starts_with(bad));
  }
  for (const char* text :
       {"\xc2\x80", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    CHECK(utf8_prefix(text, 10) == text);
  }
}
