#include "answer/stored.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace analyst::answering {
namespace {

using nlohmann::json;
using planning::PlannedQuery;
using planning::Reading;

constexpr std::array<std::pair<ValueType, const char*>, 5> types = {{
    {ValueType::text, "text"},
    {ValueType::number, "number"},
    {ValueType::date, "date"},
    {ValueType::timestamp, "timestamp"},
    {ValueType::boolean, "boolean"},
}};
constexpr std::array<std::pair<PlannedQuery::Role, const char*>, 3> roles = {{
    {PlannedQuery::Role::main, "main"},
    {PlannedQuery::Role::total, "total"},
    {PlannedQuery::Role::earlier, "earlier"},
}};

template <class Table, class Key>
const char* name_in(const Table& table, Key key) {
  for (const auto& [each, name] : table) {
    if (each == key) return name;
  }
  return "";
}

template <class Key, std::size_t N>
Key key_in(const std::array<std::pair<Key, const char*>, N>& table, const std::string& name) {
  for (const auto& [each, text] : table) {
    if (name == text) return each;
  }
  throw Error(Errc::database, "A stored step of this question cannot be read.");
}

json to_json(const Value& value) {
  return std::visit(
      [](const auto& each) -> json {
        if constexpr (std::is_same_v<std::decay_t<decltype(each)>, std::monostate>) {
          return nullptr;
        } else {
          return each;
        }
      },
      value);
}

Value value_from(const json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number_float()) return value.get<double>();
  if (value.is_string()) return value.get<std::string>();
  return std::monostate{};
}

std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

template <class Read>
auto reading_back(std::string_view text, Read read) {
  try {
    return read(json::parse(text));
  } catch (const json::exception&) {
    throw Error(Errc::database, "A stored step of this question cannot be read.");
  }
}

}  // namespace

std::string to_text(const StoredResult& stored) {
  const QueryResult& result = stored.result;
  json columns = json::array();
  for (const ResultColumn& column : result.columns) {
    columns.push_back({{"name", column.name.to_string()},
                       {"label", column.label},
                       {"type", name_in(types, column.type)},
                       {"format", column.format},
                       {"measure", column.is_measure}});
  }
  json rows = json::array();
  for (const auto& row : result.rows.rows) {
    json cells = json::array();
    for (const Value& value : row) cells.push_back(to_json(value));
    rows.push_back(std::move(cells));
  }
  return dump({{"name", result.name},
               {"query", query_to_json(result.query)},
               {"columns", std::move(columns)},
               {"row_columns", result.rows.columns},
               {"rows", std::move(rows)},
               {"truncated", result.rows.truncated},
               {"csv", result.csv},
               {"csv_truncated", result.csv_truncated},
               {"total_row_count", result.total_row_count},
               {"sql", result.sql},
               {"error", result.error},
               {"timestamp", stored.timestamp}});
}

StoredResult result_from_text(std::string_view text) {
  return reading_back(text, [](const json& from) {
    StoredResult stored;
    QueryResult& result = stored.result;
    result.name = from.at("name").get<std::string>();
    result.query = query_from_json(from.at("query"));
    for (const json& each : from.at("columns")) {
      const auto name = FieldName::parse(each.at("name").get<std::string>());
      if (!name) throw Error(Errc::database, "A stored step of this question cannot be read.");
      result.columns.push_back({*name, each.at("label").get<std::string>(),
                                key_in(types, each.at("type").get<std::string>()), each.at("format").get<std::string>(),
                                each.at("measure").get<bool>()});
    }
    result.rows.columns = from.at("row_columns").get<std::vector<std::string>>();
    for (const json& each : from.at("rows")) {
      std::vector<Value> row;
      for (const json& cell : each) row.push_back(value_from(cell));
      result.rows.rows.push_back(std::move(row));
    }
    result.rows.truncated = from.at("truncated").get<bool>();
    result.csv = from.at("csv").get<std::string>();
    result.csv_truncated = from.at("csv_truncated").get<bool>();
    result.total_row_count = from.at("total_row_count").get<std::int64_t>();
    result.sql = from.at("sql").get<std::string>();
    result.error = from.at("error").get<std::string>();
    stored.timestamp = from.at("timestamp").get<std::int64_t>();
    return stored;
  });
}

std::string to_text(const Reading& reading) {
  json queries = json::array();
  for (const PlannedQuery& planned : reading.queries) {
    queries.push_back(
        {{"role", name_in(roles, planned.role)}, {"name", planned.name}, {"query", query_to_json(planned.query)}});
  }
  return dump({{"queries", std::move(queries)},
               {"topic", reading.topic},
               {"clarification", reading.clarification},
               {"notes", reading.notes}});
}

Reading reading_from_text(std::string_view text) {
  return reading_back(text, [](const json& from) {
    Reading reading;
    for (const json& each : from.at("queries")) {
      reading.queries.push_back({key_in(roles, each.at("role").get<std::string>()), each.at("name").get<std::string>(),
                                 query_from_json(each.at("query"))});
    }
    reading.topic = from.at("topic").get<std::string>();
    reading.clarification = from.at("clarification").get<std::string>();
    reading.notes = from.at("notes").get<std::vector<std::string>>();
    return reading;
  });
}

}  // namespace analyst::answering
