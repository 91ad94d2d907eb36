#include "api/json_text.h"

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>

namespace jobsd {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

// The position behind the string that starts at `at`.
std::size_t skip_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return text.size();
}

// The position behind the value that starts at `at`.
std::size_t skip_value(std::string_view text, std::size_t at) {
  int depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = skip_string(text, at);
      if (depth == 0) return at;
      continue;
    }
    if (depth == 0 && (c == ',' || c == '}' || c == ']' || is_space(c))) return at;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    ++at;
    if (depth == 0 && (c == '}' || c == ']')) return at;
  }
  return at;
}

bool same_key(std::string_view token, std::string_view name) {
  if (token.find('\\') == std::string_view::npos) return token.substr(1, token.size() - 2) == name;
  const auto key = nlohmann::json::parse(token, nullptr, false);
  return key.is_string() && key.get_ref<const std::string&>() == name;
}

}  // namespace

std::optional<std::string_view> member_text(std::string_view object, std::string_view name) {
  std::optional<std::string_view> found;
  std::size_t at = skip_space(object, 0);
  if (at >= object.size() || object[at] != '{') return found;
  at = skip_space(object, at + 1);
  while (at < object.size() && object[at] == '"') {
    const std::size_t key_end = skip_string(object, at);
    const std::string_view key = object.substr(at, key_end - at);
    at = skip_space(object, key_end);
    if (at >= object.size() || object[at] != ':') return found;
    at = skip_space(object, at + 1);
    const std::size_t value_end = skip_value(object, at);
    if (key.size() >= 2 && same_key(key, name)) found = object.substr(at, value_end - at);
    at = skip_space(object, value_end);
    if (at >= object.size() || object[at] != ',') return found;
    at = skip_space(object, at + 1);
  }
  return found;
}

int nesting_depth(std::string_view json) {
  int depth = 0;
  int deepest = 0;
  for (std::size_t at = 0; at < json.size();) {
    const char c = json[at];
    if (c == '"') {
      at = skip_string(json, at);
      continue;
    }
    if (c == '{' || c == '[') deepest = std::max(deepest, ++depth);
    if (c == '}' || c == ']') --depth;
    ++at;
  }
  return deepest;
}

}  // namespace jobsd
