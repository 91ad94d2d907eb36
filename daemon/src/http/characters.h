// http/characters.h - which byte may stand where in HTTP/1.1 and in a URI. One table for all classes: a check is one load.
// Source: RFC 9110 (token, field values), RFC 3986 (URI characters).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace http::characters {

enum Class : std::uint8_t {
  token = 1,         // a method, a field's name
  field = 2,         // a field's value: visible ASCII, space, tab, bytes above 127
  uri_path = 4,      // a target before "?": pchar, "/" and "%"
  uri_query = 8,     // a target after "?": the same and "?", "[", "]"
  host = 16,         // a Host: reg-name, IP literal, port
  alphanumeric = 32,
  digit = 64,
};

inline constexpr std::array<std::uint8_t, 256> make_table() {
  std::array<std::uint8_t, 256> table = {};
  auto add = [&table](std::string_view bytes, int classes) {
    for (const char c : bytes) {
      auto& entry = table[static_cast<unsigned char>(c)];
      entry = static_cast<std::uint8_t>(entry | classes);
    }
  };
  for (unsigned c = 0x20; c < 256; ++c) {
    if (c != 0x7f) table[c] = field;
  }
  table['\t'] = field;
  add("0123456789", digit);
  add("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", alphanumeric | token | uri_path | uri_query | host);
  add("!#$%&'*+-.^_`|~", token);
  add("-._~!$&'()*+,;=%", uri_path | uri_query | host);
  add(":@/", uri_path | uri_query);
  add("?[]", uri_query);
  add(":[]", host);
  return table;
}

inline constexpr std::array<std::uint8_t, 256> table = make_table();

constexpr bool is(char c, Class wanted) { return (table[static_cast<unsigned char>(c)] & wanted) != 0; }

constexpr bool all(std::string_view text, Class wanted) {
  for (const char c : text) {
    if (!is(c, wanted)) return false;
  }
  return true;
}

// ASCII only; a locale has no say in a protocol.
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

constexpr bool same_word(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

// Without the spaces and tabs at both ends.
constexpr std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Calls `take` with each trimmed, non-empty element of a comma-separated list, until it returns false.
template <typename Take>
constexpr void each_element(std::string_view list, Take take) {
  while (true) {
    const auto comma = list.find(',');
    const auto element = trim(list.substr(0, comma));
    if (!element.empty() && !take(element)) return;
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace http::characters
