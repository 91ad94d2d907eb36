// http/target.h - the request target: its forms, its percent-encoding, its query.
//
// Pure text functions, safe from any thread. Nothing is normalised: "/a/../b" stays as it is and so matches no route.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace http {

struct Target {
  // Decoded; starts with "/". "*" for the asterisk form.
  std::string path = {};
  // Decoded, in order.
  std::vector<std::pair<std::string, std::string>> query = {};
  // Of the absolute form, as written; empty otherwise.
  std::string authority = {};
};

// Reads origin form ("/a?b=c"), absolute form ("http://host/a?b=c") and asterisk form ("*"). Returns why it cannot be read, or an
// empty view: a fragment, a character that a URI may not hold, bad percent-encoding, an encoded slash or control
// character in the path, NUL in the query, text that is not UTF-8.
std::string_view read_target(std::string_view text, Target& target);

// "a%20b" to "a b". Empty when a "%" is not followed by two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

// Escapes everything but letters, digits, "-", ".", "_" and "~".
std::string percent_encode(std::string_view text);

// No overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

// "host", "host:8080", "[::1]:8080": the form of a Host field. Not empty, port at most 65535.
bool is_authority(std::string_view text);

}  // namespace http
