#include "compile/access.h"

#include <algorithm>
#include <charconv>

namespace analyst {

namespace {

// An attribute is text; the field it limits may hold numbers.
Value as_number(const std::string& text, const std::string& attribute) {
  const char* end = text.data() + text.size();
  std::int64_t whole = 0;
  if (const auto read = std::from_chars(text.data(), end, whole); read.ec == std::errc() && read.ptr == end)
    return whole;
  double real = 0;
  if (const auto read = std::from_chars(text.data(), end, real); read.ec == std::errc() && read.ptr == end) return real;
  throw Error(Errc::not_allowed, "Your attribute \"" + attribute + "\" must be a number to ask about this.");
}

}  // namespace

std::optional<Filter> access_condition(const AccessFilter& filter, const User& user, ValueType type) {
  const auto found = user.attributes.find(filter.user_attribute);
  if (found == user.attributes.end() || found->second.empty()) {
    throw Error(Errc::not_allowed, "You are not allowed to ask about this without the attribute \"" +
                                       filter.user_attribute + "\". Ask an administrator to set it for you.");
  }
  const std::vector<std::string>& values = found->second;
  const std::vector<std::string>& lifting = filter.values_for_unfiltered;
  const bool lifted = std::any_of(values.begin(), values.end(), [&](const std::string& value) {
    return std::find(lifting.begin(), lifting.end(), value) != lifting.end();
  });
  if (lifted) return std::nullopt;
  Filter condition{.type = Filter::Type::string, .kind = Filter::Kind::equals};
  if (type == ValueType::number) condition.type = Filter::Type::number;
  if (type == ValueType::boolean) {
    // Both values are no limit that anyone would write; the first decides.
    return Filter{.type = Filter::Type::boolean, .kind = Filter::Kind::none, .values = {values.front() == "true"}};
  }
  for (const std::string& value : values) {
    condition.values.push_back(type == ValueType::number ? as_number(value, filter.user_attribute) : Value(value));
  }
  if (type != ValueType::date && type != ValueType::timestamp) return condition;
  Filter any{.type = Filter::Type::composite, .kind = Filter::Kind::any_of};
  for (const std::string& value : values) {
    any.filters.push_back({.type = Filter::Type::date, .kind = Filter::Kind::on, .left = value});
  }
  return any;
}

}  // namespace analyst
