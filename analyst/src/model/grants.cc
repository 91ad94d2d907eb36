#include "model/grants.h"

namespace analyst {
namespace {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const auto end = text.find(separator);
    const std::string_view part = text.substr(0, end);
    const auto first = part.find_first_not_of(" \t");
    parts.emplace_back(first == std::string_view::npos
                           ? std::string_view()
                           : part.substr(first, part.find_last_not_of(" \t") - first + 1));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::vector<std::vector<std::string>> parse_grant_expression(std::string_view expression) {
  std::vector<std::vector<std::string>> alternatives;
  for (const std::string& alternative : split(expression, '|')) alternatives.push_back(split(alternative, '&'));
  return alternatives;
}

}  // namespace analyst
