#include "metrics/exposition.h"

#include <array>
#include <charconv>
#include <cmath>

namespace jobsd {
namespace {

std::string_view type_name(Exposition::Type type) {
  switch (type) {
    case Exposition::Type::counter:
      return "counter";
    case Exposition::Type::gauge:
      return "gauge";
    case Exposition::Type::histogram:
      return "histogram";
  }
  return "untyped";
}

void append_escaped(std::string& out, std::string_view value) {
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
}

}  // namespace

std::string number_text(double value) {
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  if (std::isnan(value)) return "NaN";
  std::array<char, 32> text = {};
  const auto [end, problem] = std::to_chars(text.data(), text.data() + text.size(), value);
  return problem == std::errc() ? std::string(text.data(), end) : "NaN";
}

void Exposition::family(std::string_view name, Type type, std::string_view help) {
  text_.append("# HELP ").append(name).append(" ").append(help);
  text_.append("\n# TYPE ").append(name).append(" ").append(type_name(type)).append("\n");
}

void Exposition::sample(std::string_view name, std::initializer_list<Label> labels, double value) {
  text_.append(name);
  char before = '{';
  for (const auto& [key, text] : labels) {
    text_ += before;
    before = ',';
    text_.append(key).append("=\"");
    append_escaped(text_, text);
    text_ += '"';
  }
  if (before == ',') text_ += '}';
  text_.append(" ").append(number_text(value)).append("\n");
}

void Exposition::single(std::string_view name, Type type, std::string_view help, double value) {
  family(name, type, help);
  sample(name, {}, value);
}

}  // namespace jobsd
