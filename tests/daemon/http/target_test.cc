// Targets, percent-encoding, UTF-8 and media types as text; the corpus holds the rest.
#include <catch2/catch.hpp>

#include "http/media_type.h"
#include "http/message.h"
#include "http/target.h"

namespace http::test {
namespace {

TEST_CASE("percent-encoding and decoding are each other's inverse", "[target]") {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  const auto encoded = percent_encode(all);
  CHECK(encoded.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%") == std::string::npos);
  CHECK(percent_decode(encoded) == all);
  CHECK(percent_encode("aZ9-._~/ +") == "aZ9-._~%2F%20%2B");
}

TEST_CASE("bad percent-encoding is not decoded", "[target]") {
  for (const std::string_view bad : {"%", "a%", "%1", "%1g", "%g1", "%%20", "%-1", "% 1"}) {
    INFO(bad);
    CHECK_FALSE(percent_decode(bad));
  }
  CHECK(percent_decode("a+b") == "a+b");
  CHECK(percent_decode("a+b%2B", true) == "a b+");
  CHECK(percent_decode("") == "");
}

TEST_CASE("UTF-8 is told from what only resembles it", "[target]") {
  for (const std::string_view good : {"", "a", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
                                      "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "a\xc3\xa9z"}) {
    CHECK(is_utf8(good));
  }
  for (const std::string_view bad :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2 ", "\xe0\x9f\xbf", "\xe0\xa0", "\xed\xa0\x80", "\xed\xbf\xbf",
        "\xf0\x8f\xbf\xbf", "\xf0\x90\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xff", "a\xc3"}) {
    CHECK_FALSE(is_utf8(bad));
  }
}

TEST_CASE("a target is read anew each time", "[target]") {
  Target target;
  CHECK(read_target("http://a/b?c=d", target).empty());
  CHECK(target.authority == "a");
  CHECK(read_target("/x", target).empty());
  CHECK(target.path == "/x");
  CHECK(target.query.empty());
  CHECK(target.authority.empty());
}

TEST_CASE("fields are found without regard to case, and set replaces them all", "[message]") {
  Headers headers;
  headers.add("X-A", "1");
  headers.add("x-a", "2");
  headers.add("X-B", "3");
  CHECK(headers.find("X-a") == "1");
  CHECK_FALSE(headers.find("X-"));
  headers.set("x-A", "4");
  CHECK(headers.find("X-A") == "4");
  CHECK(headers.all().size() == 2);
  headers.remove("X-B");
  CHECK_FALSE(headers.find("X-B"));
}

TEST_CASE("a request without a server behind it never calls a notice", "[message]") {
  Request request;
  request.on_gone([] { FAIL("called"); });
  CHECK(request.client == nullptr);
}

TEST_CASE("a Content-Type says JSON or does not", "[media]") {
  for (const std::string_view json :
       {"application/json", "Application/JSON", " application/json ", "application/json; charset=utf-8", "application/json;charset=\"UTF-8\"",
        "application/problem+json", "application/json;", "application/json; a=b; charset=UTF-8"}) {
    INFO(json);
    CHECK(is_json(json));
  }
  for (const std::string_view other :
       {"", "json", "application", "application/", "/json", "text/json", "application/jsonx", "application/x-www-form-urlencoded",
        "application/json; charset=latin-1", "application/json, text/plain", "application/json charset=utf-8", "application/json; charset",
        "application/json; =utf-8", "application /json", "application/json; a=\"b"}) {
    INFO(other);
    CHECK_FALSE(is_json(other));
  }
}

TEST_CASE("a media type's parameters are unquoted", "[media]") {
  const auto type = parse_media_type("application/json; profile=Typed; q=\"a\\\"b;c\"");
  REQUIRE(type);
  CHECK(type->subtype == "json");
  CHECK(type->parameter("profile") == "Typed");
  CHECK(type->parameter("q") == "a\"b;c");
  CHECK_FALSE(type->parameter("Profile"));
}

TEST_CASE("an Accept field takes what it names and refuses what it does not", "[media]") {
  CHECK(accepts("", "text/event-stream"));
  CHECK(accepts("*/*", "text/event-stream"));
  CHECK(accepts("text/*;q=0.5", "text/event-stream"));
  CHECK(accepts("application/json, text/Event-Stream", "text/event-stream"));
  CHECK(accepts("a/b;x=\"text/plain, c\", text/event-stream", "text/event-stream"));
  CHECK_FALSE(accepts("application/json", "text/event-stream"));
  CHECK_FALSE(accepts("text/event-stream;q=0", "text/event-stream"));
  CHECK_FALSE(accepts("text/event-stream;q=0.000", "text/event-stream"));
  CHECK(accepts("text/event-stream;q=0.001", "text/event-stream"));
  CHECK_FALSE(accepts("nonsense", "text/event-stream"));
  CHECK_FALSE(accepts("*/json", "application/json"));
  const auto ranges = parse_accept("application/json; profile=typed, , text/plain;q=0, */*");
  REQUIRE(ranges.size() == 2);
  CHECK(ranges[0].parameter("profile") == "typed");
  CHECK(ranges[1].type == "*");
}

}  // namespace
}  // namespace http::test
