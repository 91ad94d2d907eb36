// A field's name as queries write it: "view.field" or "view.field[timeframe]".

#include <algorithm>

#include "analyst/query.h"

namespace analyst {

namespace {

constexpr std::size_t name_length_max = 256;

// A view or field may be called anything a database allows, except what would make the notation ambiguous.
bool is_unambiguous(std::string_view text) {
  return !text.empty() && std::none_of(text.begin(), text.end(), [](char c) {
    return c == '.' || c == '[' || c == ']' || static_cast<unsigned char>(c) < 0x20;
  });
}

}  // namespace

std::optional<FieldName> FieldName::parse(std::string_view text) {
  if (text.size() > name_length_max) return std::nullopt;
  FieldName name;
  if (text.ends_with(']')) {
    const std::size_t open = text.find('[');
    if (open == std::string_view::npos) return std::nullopt;
    name.timeframe = parse_timeframe(text.substr(open + 1, text.size() - open - 2));
    if (!name.timeframe) return std::nullopt;
    text = text.substr(0, open);
  }
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  if (!is_unambiguous(text.substr(0, dot)) || !is_unambiguous(text.substr(dot + 1))) return std::nullopt;
  name.view = text.substr(0, dot);
  name.field = text.substr(dot + 1);
  return name;
}

std::string FieldName::to_string() const {
  std::string text = view + "." + field;
  if (timeframe) text += "[" + std::string(analyst::to_string(*timeframe)) + "]";
  return text;
}

}  // namespace analyst
