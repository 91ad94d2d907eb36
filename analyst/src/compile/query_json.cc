// The JSON form of a semantic query. Reading is strict: a key, type or value that is not understood is an error that
// names its path, because a condition that is silently dropped turns a right question into a wrong answer.

#include <cmath>
#include <initializer_list>
#include <nlohmann/json.hpp>

#include "analyst/query.h"
#include "compile/limits.h"

namespace analyst {

namespace {

using nlohmann::json;

constexpr std::size_t sorts_max = 20;
constexpr std::size_t values_max = 1'000;
constexpr std::size_t text_length_max = 4'096;
constexpr int filter_depth_max = 4;

struct KindName {
  Filter::Kind kind;
  std::string_view text;
};

constexpr KindName string_kinds[] = {{Filter::Kind::equals, "EQUALS"},
                                     {Filter::Kind::contains, "CONTAINS"},
                                     {Filter::Kind::starts_with, "STARTS_WITH"},
                                     {Filter::Kind::ends_with, "ENDS_WITH"},
                                     {Filter::Kind::is_empty, "IS_EMPTY"}};
constexpr KindName number_kinds[] = {{Filter::Kind::equals, "EQUALS"},
                                     {Filter::Kind::greater_than, "GREATER_THAN"},
                                     {Filter::Kind::less_than, "LESS_THAN"},
                                     {Filter::Kind::between, "BETWEEN"}};
constexpr KindName date_kinds[] = {{Filter::Kind::on, "ON"},
                                   {Filter::Kind::before, "BEFORE"},
                                   {Filter::Kind::on_or_after, "ON_OR_AFTER"},
                                   {Filter::Kind::between, "BETWEEN"},
                                   {Filter::Kind::time_for_interval_duration, "TIME_FOR_INTERVAL_DURATION"}};
constexpr KindName conjunctions[] = {{Filter::Kind::all_of, "AND"}, {Filter::Kind::any_of, "OR"}};

struct TypeName {
  Filter::Type type;
  std::string_view text;
};

constexpr TypeName types[] = {{Filter::Type::string, "string"}, {Filter::Type::number, "number"},
                              {Filter::Type::date, "date"},     {Filter::Type::boolean, "boolean"},
                              {Filter::Type::null, "null"},     {Filter::Type::composite, "composite"}};

[[noreturn]] void reject(const std::string& path, const std::string& message) {
  throw Error(Errc::bad_query, (path.empty() ? "query" : path) + ": " + message);
}

// What a person typed, made short and printable, to be quoted back in an error.
std::string quoted(const std::string& text) {
  std::string clean;
  for (const char c : text.substr(0, 80)) clean += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  return "\"" + clean + (text.size() > 80 ? "…\"" : "\"");
}

void expect_object(const json& value, const std::string& path) {
  if (!value.is_object()) reject(path, "must be an object");
}

void expect_keys(const json& object, const std::string& path, std::initializer_list<std::string_view> known) {
  for (const auto& item : object.items()) {
    bool found = false;
    for (const std::string_view key : known) found = found || item.key() == key;
    if (found) continue;
    std::string list;
    for (const std::string_view key : known) list += (list.empty() ? "" : ", ") + std::string(key);
    reject(path.empty() ? quoted(item.key()) : path + "." + quoted(item.key()), "not understood here; known are " + list);
  }
}

const json& expect_array(const json& value, const std::string& path, std::size_t size_max) {
  if (!value.is_array()) reject(path, "must be a list");
  if (value.size() > size_max) reject(path, "has more than " + std::to_string(size_max) + " entries");
  return value;
}

std::string expect_text(const json& value, const std::string& path) {
  if (!value.is_string()) reject(path, "must be a string");
  std::string text = value.get<std::string>();
  if (text.size() > text_length_max) reject(path, "is longer than " + std::to_string(text_length_max) + " bytes");
  if (text.find('\0') != std::string::npos) reject(path, "must not contain a NUL character");
  return text;
}

bool expect_bool(const json& value, const std::string& path) {
  if (!value.is_boolean()) reject(path, "must be true or false");
  return value.get<bool>();
}

std::string optional_text(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return {};
  return expect_text(*found, key);
}

FieldName expect_field(const std::string& text, const std::string& path) {
  if (auto name = FieldName::parse(text)) return *name;
  reject(path, quoted(text) + " is not a field; write view.field or view.field[timeframe]");
}

template <std::size_t N>
Filter::Kind expect_kind(const json& object, const char* key, const std::string& path, const KindName (&kinds)[N]) {
  const auto found = object.find(key);
  if (found == object.end()) reject(path + "." + key, "is missing");
  const std::string text = expect_text(*found, path + "." + key);
  std::string known;
  for (const KindName& kind : kinds) {
    if (kind.text == text) return kind.kind;
    known += (known.empty() ? "" : ", ") + std::string(kind.text);
  }
  reject(path + "." + key, quoted(text) + " is not one of " + known);
}

Value string_value(const json& value, const std::string& path) {
  return expect_text(value, path);
}

Value number_value(const json& value, const std::string& path) {
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{INT64_MAX}) {
    return static_cast<double>(value.get<std::uint64_t>());
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (!value.is_number() || !std::isfinite(value.get<double>())) reject(path, "must be a number");
  return value.get<double>();
}

template <class Read>
std::vector<Value> expect_values(const json& object, const std::string& path, Read read) {
  const auto found = object.find("values");
  if (found == object.end()) reject(path + ".values", "is missing");
  std::vector<Value> values;
  for (const json& value : expect_array(*found, path + ".values", values_max)) {
    values.push_back(read(value, path + ".values[" + std::to_string(values.size()) + "]"));
  }
  if (values.empty()) reject(path + ".values", "needs at least one value");
  return values;
}

Filter string_filter(const json& object, const std::string& path) {
  expect_keys(object, path, {"type", "kind", "values", "is_negative"});
  Filter filter{.type = Filter::Type::string, .kind = expect_kind(object, "kind", path, string_kinds)};
  if (filter.kind == Filter::Kind::is_empty) {
    if (object.contains("values") && !object["values"].empty()) reject(path + ".values", "IS_EMPTY takes none");
  } else {
    filter.values = expect_values(object, path, string_value);
  }
  return filter;
}

Filter number_filter(const json& object, const std::string& path) {
  expect_keys(object, path, {"type", "kind", "values", "is_negative"});
  Filter filter{.type = Filter::Type::number, .kind = expect_kind(object, "kind", path, number_kinds)};
  filter.values = expect_values(object, path, number_value);
  const std::size_t wanted = filter.kind == Filter::Kind::between ? 2 : 1;
  if (filter.kind != Filter::Kind::equals && filter.values.size() != wanted) {
    reject(path + ".values", "needs exactly " + std::to_string(wanted) + (wanted == 1 ? " value" : " values"));
  }
  return filter;
}

Filter date_filter(const json& object, const std::string& path) {
  // ui_type says how an editor shows the filter; it changes nothing about what is asked.
  expect_keys(object, path, {"type", "kind", "left_side", "right_side", "ui_type", "is_negative"});
  if (object.contains("ui_type")) expect_text(object["ui_type"], path + ".ui_type");
  Filter filter{.type = Filter::Type::date, .kind = expect_kind(object, "kind", path, date_kinds)};
  if (!object.contains("left_side")) reject(path + ".left_side", "is missing");
  filter.left = expect_text(object["left_side"], path + ".left_side");
  const bool two_sides =
      filter.kind == Filter::Kind::between || filter.kind == Filter::Kind::time_for_interval_duration;
  const bool has_right = object.contains("right_side") && !object["right_side"].is_null();
  if (two_sides && !has_right) reject(path + ".right_side", "is missing");
  if (!two_sides && has_right) reject(path + ".right_side", "is not used by this kind");
  if (two_sides) filter.right = expect_text(object["right_side"], path + ".right_side");
  return filter;
}

Filter boolean_filter(const json& object, const std::string& path) {
  expect_keys(object, path, {"type", "values", "is_negative"});
  Filter filter{.type = Filter::Type::boolean, .kind = Filter::Kind::none, .values = {true}};
  if (object.contains("values")) {
    filter.values = expect_values(
        object, path, [](const json& value, const std::string& at) -> Value { return expect_bool(value, at); });
    if (filter.values.size() != 1) reject(path + ".values", "needs exactly one value");
  }
  return filter;
}

Filter filter_from_json(const json& object, const std::string& path, int depth) {
  expect_object(object, path);
  if (!object.contains("type")) reject(path + ".type", "is missing");
  const std::string type = expect_text(object["type"], path + ".type");
  Filter filter;
  if (type == "string") {
    filter = string_filter(object, path);
  } else if (type == "number") {
    filter = number_filter(object, path);
  } else if (type == "date") {
    filter = date_filter(object, path);
  } else if (type == "boolean") {
    filter = boolean_filter(object, path);
  } else if (type == "null") {
    expect_keys(object, path, {"type", "is_negative"});
    filter = {.type = Filter::Type::null, .kind = Filter::Kind::none};
  } else if (type == "composite") {
    expect_keys(object, path, {"type", "conjunction", "filters", "is_negative"});
    if (depth == filter_depth_max) reject(path, "composite filters are nested too deeply");
    filter = {.type = Filter::Type::composite, .kind = expect_kind(object, "conjunction", path, conjunctions)};
    if (!object.contains("filters")) reject(path + ".filters", "is missing");
    for (const json& part : expect_array(object["filters"], path + ".filters", filters_max)) {
      const std::string at = path + ".filters[" + std::to_string(filter.filters.size()) + "]";
      filter.filters.push_back(filter_from_json(part, at, depth + 1));
    }
    if (filter.filters.empty()) reject(path + ".filters", "needs at least one filter");
  } else {
    reject(path + ".type", quoted(type) + " is not one of string, number, date, boolean, null, composite");
  }
  if (object.contains("is_negative")) filter.is_negative = expect_bool(object["is_negative"], path + ".is_negative");
  return filter;
}

std::vector<FieldName> fields_from_json(const json& query, const char* key) {
  std::vector<FieldName> fields;
  if (!query.contains(key)) return fields;
  for (const json& field : expect_array(query[key], key, fields_max)) {
    const std::string at = std::string(key) + "[" + std::to_string(fields.size()) + "]";
    fields.push_back(expect_field(expect_text(field, at), at));
  }
  return fields;
}

template <std::size_t N>
std::string_view text_of(Filter::Kind kind, const KindName (&kinds)[N]) {
  for (const KindName& name : kinds) {
    if (name.kind == kind) return name.text;
  }
  throw Error(Errc::bad_query, "query: a filter has a kind that its type does not have");
}

json value_to_json(const Value& value) {
  return std::visit(
      [](const auto& held) -> json {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::monostate>) {
          return nullptr;
        } else {
          return held;
        }
      },
      value);
}

json filter_to_json(const Filter& filter) {
  json object = json::object();
  for (const TypeName& type : types) {
    if (type.type == filter.type) object["type"] = type.text;
  }
  switch (filter.type) {
    case Filter::Type::string:
      object["kind"] = text_of(filter.kind, string_kinds);
      break;
    case Filter::Type::number:
      object["kind"] = text_of(filter.kind, number_kinds);
      break;
    case Filter::Type::date:
      object["kind"] = text_of(filter.kind, date_kinds);
      object["left_side"] = filter.left;
      if (!filter.right.empty()) object["right_side"] = filter.right;
      break;
    case Filter::Type::composite:
      object["conjunction"] = text_of(filter.kind, conjunctions);
      object["filters"] = json::array();
      for (const Filter& part : filter.filters) object["filters"].push_back(filter_to_json(part));
      break;
    case Filter::Type::boolean:
    case Filter::Type::null:
      break;
  }
  if (!filter.values.empty()) {
    object["values"] = json::array();
    for (const Value& value : filter.values) object["values"].push_back(value_to_json(value));
  }
  object["is_negative"] = filter.is_negative;
  return object;
}

}  // namespace

SemanticQuery query_from_json(const json& object) {
  expect_object(object, "");
  expect_keys(object, "",
              {"modelId", "table", "join_paths_from_topic_name", "fields", "filters", "sorts", "limit", "pivots"});
  SemanticQuery query;
  query.model_id = optional_text(object, "modelId");
  query.table = optional_text(object, "table");
  query.topic = optional_text(object, "join_paths_from_topic_name");
  if (query.table.empty() && query.topic.empty()) reject("table", "is missing");
  query.fields = fields_from_json(object, "fields");
  if (query.fields.empty()) reject("fields", "needs at least one field");
  if (object.contains("filters")) {
    const json& filters = object["filters"];
    expect_object(filters, "filters");
    if (filters.size() > filters_max) reject("filters", "has more than " + std::to_string(filters_max) + " entries");
    for (const auto& item : filters.items()) {
      FieldName field = expect_field(item.key(), "filters");
      Filter filter = filter_from_json(item.value(), "filters." + field.to_string(), 0);
      query.filters.emplace_back(std::move(field), std::move(filter));
    }
  }
  if (object.contains("sorts")) {
    for (const json& sort : expect_array(object["sorts"], "sorts", sorts_max)) {
      const std::string at = "sorts[" + std::to_string(query.sorts.size()) + "]";
      expect_object(sort, at);
      expect_keys(sort, at, {"column_name", "sort_descending"});
      if (!sort.contains("column_name")) reject(at + ".column_name", "is missing");
      Sort read{.column = expect_text(sort["column_name"], at + ".column_name")};
      expect_field(read.column, at + ".column_name");
      if (sort.contains("sort_descending")) {
        read.descending = expect_bool(sort["sort_descending"], at + ".sort_descending");
      }
      query.sorts.push_back(std::move(read));
    }
  }
  if (object.contains("limit")) {
    const json& limit = object["limit"];
    if (!limit.is_number_integer() || limit < 1 || limit > query_limit_max) {
      reject("limit", "must be a whole number from 1 to " + std::to_string(query_limit_max));
    }
    query.limit = limit.get<int>();
  }
  query.pivots = fields_from_json(object, "pivots");
  return query;
}

json query_to_json(const SemanticQuery& query) {
  json object = {{"modelId", query.model_id}, {"table", query.table},      {"join_paths_from_topic_name", query.topic},
                 {"fields", json::array()},   {"filters", json::object()}, {"sorts", json::array()},
                 {"limit", query.limit},      {"pivots", json::array()}};
  for (const FieldName& field : query.fields) object["fields"].push_back(field.to_string());
  for (const auto& [field, filter] : query.filters) {
    json& slot = object["filters"][field.to_string()];
    if (slot.is_null()) {
      slot = filter_to_json(filter);
    } else {
      // Two conditions on one field share its key.
      slot = {{"type", "composite"},
              {"conjunction", "AND"},
              {"filters", json::array({slot, filter_to_json(filter)})},
              {"is_negative", false}};
    }
  }
  for (const Sort& sort : query.sorts) {
    object["sorts"].push_back({{"column_name", sort.column}, {"sort_descending", sort.descending}});
  }
  for (const FieldName& field : query.pivots) object["pivots"].push_back(field.to_string());
  return object;
}

}  // namespace analyst
