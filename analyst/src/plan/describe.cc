#include "plan/describe.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "plan/lexicon.h"
#include "plan/text.h"

namespace analyst::planning {
namespace {

std::vector<std::string> plain_list(const std::vector<Value>& values) {
  std::vector<std::string> out;
  for (const Value& value : values) out.push_back(plain(value));
  return out;
}

std::string value_at(const Filter& filter, std::size_t i) {
  return i < filter.values.size() ? plain(filter.values[i]) : "";
}

// What follows the field's label.
std::string condition(const Filter& filter, Date today) {
  const bool no = filter.is_negative;
  using Kind = Filter::Kind;
  switch (filter.type) {
    case Filter::Type::boolean:
      return std::string(no ? " is not " : " is ") + value_at(filter, 0);
    case Filter::Type::null:
      return no ? " is known" : " is not known";
    case Filter::Type::date: {
      const auto period = from_filter(filter);
      if (period) return ": " + in_words(*period, today);
      std::string text = filter.left;
      if (filter.kind == Kind::before) text = "before " + text;
      if (filter.kind == Kind::on_or_after) text = "since " + text;
      if (filter.kind == Kind::between) text += " to " + filter.right;
      if (filter.kind == Kind::time_for_interval_duration) text += ", for " + filter.right;
      return (no ? ": not " : ": ") + text;
    }
    case Filter::Type::composite: {
      std::string out;
      for (const Filter& part : filter.filters) {
        if (!out.empty()) out += filter.kind == Kind::any_of ? " or" : " and";
        out += condition(part, today);
      }
      return (no ? " not:" : "") + out;
    }
    case Filter::Type::number:
    case Filter::Type::string:
      break;
  }
  switch (filter.kind) {
    case Kind::contains:
      return std::string(no ? " does not contain " : " contains ") + list_in_words(plain_list(filter.values), "or");
    case Kind::starts_with:
      return std::string(no ? " does not start with " : " starts with ") +
             list_in_words(plain_list(filter.values), "or");
    case Kind::ends_with:
      return std::string(no ? " does not end with " : " ends with ") + list_in_words(plain_list(filter.values), "or");
    case Kind::is_empty:
      return no ? " is not empty" : " is empty";
    case Kind::greater_than:
      return std::string(no ? " is at most " : " is more than ") + value_at(filter, 0);
    case Kind::less_than:
      return std::string(no ? " is at least " : " is less than ") + value_at(filter, 0);
    case Kind::between:
      return std::string(no ? " is not between " : " is between ") + value_at(filter, 0) + " and " +
             value_at(filter, 1);
    default:
      return std::string(no ? " is not " : " is ") + list_in_words(plain_list(filter.values), "or");
  }
}

}  // namespace

std::string plain(const Value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* whole_number = std::get_if<std::int64_t>(&value)) return std::to_string(*whole_number);
  if (const auto* number = std::get_if<double>(&value)) {
    std::array<char, 64> buffer = {};
    const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), *number);
    return error == std::errc() ? std::string(buffer.data(), end) : "";
  }
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return "(none)";
}

std::string in_words(const Model& model, const FieldName& name, const Filter& filter, Date today) {
  return label_of(model, name) + condition(filter, today);
}

std::string in_words(const Model& model, const ModelFilter& filter, const std::string& view) {
  const auto dot = filter.field.find('.');
  const FieldName name = dot == std::string::npos
                             ? FieldName{view, filter.field, {}}
                             : FieldName{filter.field.substr(0, dot), filter.field.substr(dot + 1), {}};
  const std::string label = label_of(model, name);
  const auto values = plain_list(filter.values);
  using Operator = ModelFilter::Operator;
  switch (filter.op) {
    case Operator::is:
      return label + " is " + list_in_words(values, "or");
    case Operator::is_not:
      return label + " is not " + list_in_words(values, "or");
    case Operator::greater_than:
      return label + " is more than " + list_in_words(values);
    case Operator::greater_than_or_equal_to:
      return label + " is at least " + list_in_words(values);
    case Operator::less_than:
      return label + " is less than " + list_in_words(values);
    case Operator::less_than_or_equal_to:
      return label + " is at most " + list_in_words(values);
    case Operator::between:
      return label + " is between " + list_in_words(values);
    case Operator::contains:
      return label + " contains " + list_in_words(values, "or");
    case Operator::starts_with:
      return label + " starts with " + list_in_words(values, "or");
    case Operator::ends_with:
      return label + " ends with " + list_in_words(values, "or");
    case Operator::not_null:
      return label + " is known";
  }
  return label;
}

bool same(const Filter& left, const Filter& right) {
  return left.type == right.type && left.kind == right.kind && left.values == right.values && left.left == right.left &&
         left.right == right.right && left.is_negative == right.is_negative &&
         std::equal(left.filters.begin(), left.filters.end(), right.filters.begin(), right.filters.end(),
                    [](const Filter& a, const Filter& b) { return same(a, b); });
}

bool same(const SemanticQuery& left, const SemanticQuery& right) {
  return left.table == right.table && left.topic == right.topic && left.fields == right.fields &&
         left.limit == right.limit &&
         std::equal(
             left.sorts.begin(), left.sorts.end(), right.sorts.begin(), right.sorts.end(),
             [](const Sort& a, const Sort& b) { return a.column == b.column && a.descending == b.descending; }) &&
         std::equal(left.filters.begin(), left.filters.end(), right.filters.begin(), right.filters.end(),
                    [](const auto& a, const auto& b) { return a.first == b.first && same(a.second, b.second); });
}

}  // namespace analyst::planning
