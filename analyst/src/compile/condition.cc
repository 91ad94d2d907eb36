#include "compile/condition.h"

#include <cmath>

namespace analyst {

namespace {

[[noreturn]] void fail(const Operand& operand, const std::string& message) {
  throw Error(Errc::bad_query, operand.path + ": " + message);
}

std::string_view name_of(ValueType type) {
  switch (type) {
    case ValueType::text:
      return "text";
    case ValueType::number:
      return "a number";
    case ValueType::date:
      return "a date";
    case ValueType::timestamp:
      return "a time";
    case ValueType::boolean:
      return "true or false";
  }
  return "text";
}

void expect(bool fits, const Operand& operand, std::string_view filter) {
  if (!fits && !operand.type_unknown) {
    fail(operand,
         "a " + std::string(filter) + " filter does not fit, the field is " + std::string(name_of(operand.type)));
  }
}

bool is_null(const Value& value) {
  return std::holds_alternative<std::monostate>(value);
}

// `sql` is any of the values.
std::string any_of(const std::string& sql, const std::vector<Value>& values, Bindings& bindings) {
  std::string list;
  bool null = false;
  std::size_t count = 0;
  for (const Value& value : values) {
    if (is_null(value)) {
      null = true;
      continue;
    }
    list += (count++ == 0 ? "" : ", ") + bindings.bind(value);
  }
  std::string text;
  if (count == 1) text = sql + " = " + list;
  if (count > 1) text = sql + " IN (" + list + ")";
  if (null) text = text.empty() ? sql + " IS NULL" : "(" + text + " OR " + sql + " IS NULL)";
  return text;
}

std::string escaped(const std::string& text) {
  std::string pattern;
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern;
}

const std::string& text_value(const Operand& operand, const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (!text) fail(operand, "the values must be text");
  return *text;
}

std::string string_condition(const Filter& filter, const Operand& operand, const Dialect& dialect, Bindings& bindings) {
  expect(operand.type == ValueType::text || operand.type == ValueType::date, operand, "string");
  if (filter.kind == Filter::Kind::is_empty) return "(" + operand.sql + " IS NULL OR " + operand.sql + " = '')";
  if (filter.values.empty()) fail(operand, "needs at least one value");
  if (filter.kind == Filter::Kind::equals) {
    for (const Value& value : filter.values) {
      if (!is_null(value)) text_value(operand, value);
    }
    return any_of(operand.sql, filter.values, bindings);
  }
  std::string text;
  for (const Value& value : filter.values) {
    std::string pattern = escaped(text_value(operand, value));
    if (filter.kind != Filter::Kind::starts_with) pattern = "%" + pattern;
    if (filter.kind != Filter::Kind::ends_with) pattern += "%";
    text += (text.empty() ? "" : " OR ") + dialect.like(operand.sql, bindings.bind(pattern));
  }
  return filter.values.size() == 1 ? text : "(" + text + ")";
}

std::string number_condition(const Filter& filter, const Operand& operand, const Dialect& dialect, Bindings& bindings) {
  // A year is a period, but people compare it like the number it is.
  const bool year = operand.timeframe == Timeframe::year;
  expect(operand.type == ValueType::number || year, operand, "number");
  for (const Value& value : filter.values) {
    const auto* real = std::get_if<double>(&value);
    if (!is_null(value) && !std::holds_alternative<std::int64_t>(value) && !(real && std::isfinite(*real))) {
      fail(operand, "the values must be numbers");
    }
  }
  const std::string sql = year ? dialect.as_integer(operand.sql) : operand.sql;
  const std::size_t wanted = filter.kind == Filter::Kind::between ? 2 : 1;
  if (filter.values.empty() || (filter.kind != Filter::Kind::equals && filter.values.size() != wanted)) {
    fail(operand, "has the wrong number of values");
  }
  switch (filter.kind) {
    case Filter::Kind::equals:
      return any_of(sql, filter.values, bindings);
    case Filter::Kind::greater_than:
      return sql + " > " + bindings.bind(filter.values[0]);
    case Filter::Kind::less_than:
      return sql + " < " + bindings.bind(filter.values[0]);
    case Filter::Kind::between:
      return sql + " BETWEEN " + bindings.bind(filter.values[0]) + " AND " + bindings.bind(filter.values[1]);
    default:
      fail(operand, "a number filter is one of EQUALS, GREATER_THAN, LESS_THAN, BETWEEN");
  }
}

std::string date_condition(const Filter& filter, const Operand& operand, const When& when, Bindings& bindings) {
  const bool timestamp = operand.stored_type == ValueType::timestamp;
  if (!timestamp && operand.stored_type != ValueType::date) {
    fail(operand, "a date filter does not fit, the field is " + std::string(name_of(operand.stored_type)));
  }
  if (operand.timeframe && *operand.timeframe != Timeframe::raw && !is_period(*operand.timeframe)) {
    fail(operand, "a date filter does not fit a part of a date; use a number or a string filter");
  }
  Interval interval;
  try {
    interval = local_interval(filter, when.time_zone, when.moment);
  } catch (const Error& error) {
    fail(operand, error.what());
  }
  if (operand.timeframe && is_period(*operand.timeframe)) interval = whole_periods(interval, *operand.timeframe);
  interval = timestamp ? to_utc(interval, when.time_zone) : to_days(interval);
  std::string text;
  if (!interval.from.empty()) text = operand.stored_sql + " >= " + bindings.bind(interval.from);
  if (!interval.until.empty()) {
    text += (text.empty() ? "" : " AND ") + operand.stored_sql + " < " + bindings.bind(interval.until);
  }
  return "(" + text + ")";
}

std::string boolean_condition(const Filter& filter, const Operand& operand) {
  expect(operand.type == ValueType::boolean || operand.type == ValueType::number, operand, "boolean");
  const bool* value = filter.values.size() == 1 ? std::get_if<bool>(&filter.values[0]) : nullptr;
  if (!value) fail(operand, "needs exactly one value, true or false");
  return operand.sql + (*value ? " IS TRUE" : " IS FALSE");
}

}  // namespace

std::string condition(const Filter& filter, const Operand& operand, const When& when, const Dialect& dialect,
                      Bindings& bindings) {
  std::string text;
  switch (filter.type) {
    case Filter::Type::string:
      text = string_condition(filter, operand, dialect, bindings);
      break;
    case Filter::Type::number:
      text = number_condition(filter, operand, dialect, bindings);
      break;
    case Filter::Type::date:
      text = date_condition(filter, operand, when, bindings);
      break;
    case Filter::Type::boolean:
      text = boolean_condition(filter, operand);
      break;
    case Filter::Type::null:
      return operand.sql + (filter.is_negative ? " IS NOT NULL" : " IS NULL");
    case Filter::Type::composite: {
      if (filter.filters.empty()) fail(operand, "a composite filter needs at least one filter");
      const char* separator = filter.kind == Filter::Kind::any_of ? " OR " : " AND ";
      for (const Filter& part : filter.filters) {
        text += (text.empty() ? "" : separator) + condition(part, operand, when, dialect, bindings);
      }
      text = "(" + text + ")";
      break;
    }
  }
  return filter.is_negative ? "(" + text + ") IS NOT TRUE" : text;
}

namespace {

Filter both(Filter first, Filter second, Filter::Kind kind) {
  return {.type = Filter::Type::composite, .kind = kind, .filters = {std::move(first), std::move(second)}};
}

[[noreturn]] void wrong_model_filter(const ModelFilter& filter, const char* message) {
  throw Error(Errc::bad_query, "The model's filter on " + filter.field + " " + message + ".");
}

Filter date_on(const ModelFilter& filter, const Value& value, Filter::Kind kind) {
  const auto* text = std::get_if<std::string>(&value);
  if (const auto* year = std::get_if<std::int64_t>(&value)) {
    return {.type = Filter::Type::date, .kind = kind, .left = std::to_string(*year)};
  }
  if (!text) wrong_model_filter(filter, "needs a date");
  return {.type = Filter::Type::date, .kind = kind, .left = *text};
}

Filter date_filter_of(const ModelFilter& filter) {
  using Operator = ModelFilter::Operator;
  const Value& value = filter.values.front();
  const Filter on = date_on(filter, value, Filter::Kind::on);
  const Filter before = date_on(filter, value, Filter::Kind::before);
  const Filter on_or_after = date_on(filter, value, Filter::Kind::on_or_after);
  switch (filter.op) {
    case Operator::less_than:
      return before;
    case Operator::less_than_or_equal_to:
      return both(before, on, Filter::Kind::any_of);
    case Operator::greater_than_or_equal_to:
      return on_or_after;
    case Operator::greater_than: {
      Filter not_on = on;
      not_on.is_negative = true;
      return both(on_or_after, not_on, Filter::Kind::all_of);
    }
    case Operator::between: {
      if (filter.values.size() != 2) wrong_model_filter(filter, "needs two dates");
      Filter range = date_on(filter, value, Filter::Kind::between);
      range.right = date_on(filter, filter.values[1], Filter::Kind::on).left;
      return range;
    }
    default: {
      Filter any{.type = Filter::Type::composite, .kind = Filter::Kind::any_of};
      for (const Value& each : filter.values) any.filters.push_back(date_on(filter, each, Filter::Kind::on));
      any.is_negative = filter.op == Operator::is_not;
      return any;
    }
  }
}

}  // namespace

Filter filter_of(const ModelFilter& filter, ValueType type) {
  using Operator = ModelFilter::Operator;
  if (filter.op == Operator::not_null) {
    return {.type = Filter::Type::null, .kind = Filter::Kind::none, .is_negative = true};
  }
  if (filter.values.empty()) wrong_model_filter(filter, "needs at least one value");
  const bool negative = filter.op == Operator::is_not;
  const Value& first = filter.values.front();
  if (filter.values.size() == 1 && is_null(first)) {
    return {.type = Filter::Type::null, .kind = Filter::Kind::none, .is_negative = negative};
  }
  const auto text_filter = [&](Filter::Kind kind) {
    return Filter{.type = Filter::Type::string, .kind = kind, .values = filter.values, .is_negative = negative};
  };
  switch (filter.op) {
    case Operator::contains:
      return text_filter(Filter::Kind::contains);
    case Operator::starts_with:
      return text_filter(Filter::Kind::starts_with);
    case Operator::ends_with:
      return text_filter(Filter::Kind::ends_with);
    default:
      break;
  }
  if (type == ValueType::date || type == ValueType::timestamp) return date_filter_of(filter);
  if (const bool* truth = std::get_if<bool>(&first)) {
    if (filter.values.size() != 1 || (filter.op != Operator::is && filter.op != Operator::is_not)) {
      wrong_model_filter(filter, "compares true or false in a way that has no meaning");
    }
    return {.type = Filter::Type::boolean, .kind = Filter::Kind::none, .values = {*truth}, .is_negative = negative};
  }
  const auto number_filter = [&](Filter::Kind kind) {
    return Filter{.type = Filter::Type::number, .kind = kind, .values = filter.values};
  };
  switch (filter.op) {
    case Operator::greater_than:
      return number_filter(Filter::Kind::greater_than);
    case Operator::less_than:
      return number_filter(Filter::Kind::less_than);
    case Operator::between:
      return number_filter(Filter::Kind::between);
    case Operator::greater_than_or_equal_to:
      return both(number_filter(Filter::Kind::greater_than), number_filter(Filter::Kind::equals), Filter::Kind::any_of);
    case Operator::less_than_or_equal_to:
      return both(number_filter(Filter::Kind::less_than), number_filter(Filter::Kind::equals), Filter::Kind::any_of);
    default:
      break;
  }
  Filter equals = text_filter(Filter::Kind::equals);
  if (type == ValueType::number) equals.type = Filter::Type::number;
  return equals;
}

}  // namespace analyst
