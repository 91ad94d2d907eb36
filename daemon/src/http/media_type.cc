#include "http/media_type.h"

#include <algorithm>

#include "http/characters.h"

namespace http {
namespace {

std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), characters::lower);
  return out;
}

// Takes a token or a quoted string off the front of `text`.
std::optional<std::string> take_value(std::string_view& text) {
  std::string value;
  if (text.empty() || text.front() != '"') {
    std::size_t end = 0;
    while (end < text.size() && characters::is(text[end], characters::token)) ++end;
    if (end == 0) return std::nullopt;
    value = text.substr(0, end);
    text.remove_prefix(end);
    return value;
  }
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return value;
    }
    if (text[i] == '\\' && ++i == text.size()) break;
    value += text[i];
  }
  return std::nullopt;
}

// The end of the first element of a list; commas in quoted strings do not count.
std::size_t element_end(std::string_view list) {
  bool quoted = false;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (quoted && list[i] == '\\') {
      ++i;
    } else if (list[i] == '"') {
      quoted = !quoted;
    } else if (list[i] == ',' && !quoted) {
      return i;
    }
  }
  return list.size();
}

// "0", "0.", "0.000"
bool is_zero(std::string_view quality) {
  return !quality.empty() && quality.front() == '0' && quality.find_first_not_of("0.") == std::string_view::npos;
}

}  // namespace

std::optional<std::string_view> MediaType::parameter(std::string_view name) const {
  for (const auto& [key, value] : parameters) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::optional<MediaType> parse_media_type(std::string_view text) {
  text = characters::trim(text);
  const auto semicolon = text.find(';');
  const auto name = characters::trim(text.substr(0, semicolon));
  const auto slash = name.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  MediaType out{.type = lowered(name.substr(0, slash)), .subtype = lowered(name.substr(slash + 1))};
  if (out.type.empty() || out.subtype.empty() || !characters::all(out.type, characters::token) ||
      !characters::all(out.subtype, characters::token)) {
    return std::nullopt;
  }
  text = semicolon == std::string_view::npos ? std::string_view() : text.substr(semicolon);
  while (!text.empty()) {
    if (text.front() != ';') return std::nullopt;
    text = characters::trim(text.substr(1));
    if (text.empty() || text.front() == ';') continue;
    const auto equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) return std::nullopt;
    const auto key = text.substr(0, equals);
    if (!characters::all(key, characters::token)) return std::nullopt;
    text.remove_prefix(equals + 1);
    auto value = take_value(text);
    if (!value) return std::nullopt;
    out.parameters.emplace_back(lowered(key), std::move(*value));
    text = characters::trim(text);
  }
  return out;
}

std::vector<MediaType> parse_accept(std::string_view text) {
  std::vector<MediaType> out;
  while (!text.empty()) {
    const auto end = element_end(text);
    if (auto range = parse_media_type(text.substr(0, end))) {
      if (!is_zero(range->parameter("q").value_or("1"))) out.push_back(std::move(*range));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

bool is_json(std::string_view content_type) {
  const auto type = parse_media_type(content_type);
  if (!type || type->type != "application") return false;
  if (type->subtype != "json" && !type->subtype.ends_with("+json")) return false;
  return characters::same_word(type->parameter("charset").value_or("utf-8"), "utf-8");
}

bool accepts(std::string_view accept, std::string_view type) {
  if (characters::trim(accept).empty()) return true;
  const auto wanted = parse_media_type(type);
  if (!wanted) return false;
  const auto ranges = parse_accept(accept);
  return std::any_of(ranges.begin(), ranges.end(), [&](const MediaType& range) {
    if (range.type == "*") return range.subtype == "*";
    return range.type == wanted->type && (range.subtype == "*" || range.subtype == wanted->subtype);
  });
}

}  // namespace http
