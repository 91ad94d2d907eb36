#include "model/yaml_json.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

namespace analyst {
namespace {

nlohmann::json scalar(const YamlNode& node) {
  const std::string& text = node.text;
  if (node.quoted) return text;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  const char* const end = text.data() + text.size();
  // A leading zero is an article number or a postcode, not a number.
  const bool zero_first = text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9';
  if (!text.empty() && !zero_first) {
    std::int64_t integer = 0;
    if (const auto [at, status] = std::from_chars(text.data(), end, integer); status == std::errc() && at == end) {
      return integer;
    }
    double real = 0;
    if (const auto [at, status] = std::from_chars(text.data(), end, real);
        status == std::errc() && at == end && std::isfinite(real)) {
      return real;
    }
  }
  return text;
}

}  // namespace

nlohmann::json to_json(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null:
      return nullptr;
    case YamlNode::Kind::scalar:
      return scalar(node);
    case YamlNode::Kind::sequence: {
      nlohmann::json list = nlohmann::json::array();
      for (const YamlNode& item : node.items) list.push_back(to_json(item));
      return list;
    }
    case YamlNode::Kind::map: {
      nlohmann::json map = nlohmann::json::object();
      for (const YamlEntry& entry : node.entries) map[entry.key.text] = to_json(entry.value);
      return map;
    }
  }
  return nullptr;
}

}  // namespace analyst
