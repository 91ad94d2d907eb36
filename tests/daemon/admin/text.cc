// Text that comes from outside: UTF-8 and typing errors.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "config/nearest.h"
#include "text/utf8.h"

namespace {

using jobsd::is_line_of_text;
using jobsd::utf8_length;

TEST_CASE("the length of a text is counted in code points", "[text]") {
  CHECK(utf8_length("") == 0u);
  CHECK(utf8_length("abc") == 3u);
  CHECK(utf8_length("Zürich ✓ 😀") == 10u);
  CHECK(utf8_length(std::string_view("\0", 1)) == 1u);
}

TEST_CASE("each length of a code point is accepted from its first to its last", "[text]") {
  for (const char* edge : {"\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                           "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    CAPTURE(edge);
    CHECK(utf8_length(edge) == 1u);
  }
}

TEST_CASE("overlong forms, surrogates, cut and stray bytes are no UTF-8", "[text]") {
  for (const char* wrong : {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xed\xa0\x80",
                            "\xed\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe2\x82",
                            "\xf0\x9f\x98", "\xc3(", "\xe2\x28\xa1", "ok\xfe"}) {
    CHECK_FALSE(utf8_length(wrong));
    CHECK_FALSE(is_line_of_text(wrong));
  }
}

TEST_CASE("a line of text holds no control characters of any kind", "[text]") {
  CHECK(is_line_of_text("Größe: 5 € 😀"));
  CHECK(is_line_of_text("\xc2\xa0"));
  for (const char* wrong : {"a\nb", "a\tb", "\x1b[0m", "\x7f", "\xc2\x80", "\xc2\x9f"})
    CHECK_FALSE(is_line_of_text(wrong));
  CHECK_FALSE(is_line_of_text(std::string_view("a\0b", 3)));
}

TEST_CASE("a typing error finds the word that was meant", "[text]") {
  const std::vector<std::string_view> words = {"listen", "log", "data_dir", "connections", "workers"};
  CHECK(jobsd::nearest("listne", words) == "listen");
  CHECK(jobsd::nearest("lgo", words) == "log");
  CHECK(jobsd::nearest("datadir", words) == "data_dir");
  CHECK(jobsd::nearest("conections", words) == "connections");
  CHECK(jobsd::nearest("worker", words) == "workers");
  CHECK_FALSE(jobsd::nearest("xyz", words));
  CHECK_FALSE(jobsd::nearest("", words));
  CHECK_FALSE(jobsd::nearest("listen", {}));
  CHECK_FALSE(jobsd::nearest(std::string(100'000, 'l'), words));
}

}  // namespace
