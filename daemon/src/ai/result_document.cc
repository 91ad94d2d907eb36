#include "ai/result_document.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <variant>

#include "iso_time.h"

namespace jobsd {
namespace {

using nlohmann::ordered_json;

std::string_view type_name(analyst::Action::Type type) {
  switch (type) {
    case analyst::Action::Type::generate_query:
      return "generate_query";
    case analyst::Action::Type::summarize:
      return "summarize";
    case analyst::Action::Type::clarify:
      return "clarify";
  }
  return "summarize";
}

std::string_view type_name(analyst::ValueType type) {
  switch (type) {
    case analyst::ValueType::text:
      return "text";
    case analyst::ValueType::number:
      return "number";
    case analyst::ValueType::date:
      return "date";
    case analyst::ValueType::timestamp:
      return "timestamp";
    case analyst::ValueType::boolean:
      return "boolean";
  }
  return "text";
}

struct ToJson {
  ordered_json operator()(std::monostate) const { return nullptr; }
  template <typename T>
  ordered_json operator()(const T& value) const {
    return value;
  }
};

ordered_json columns_json(const std::vector<analyst::ResultColumn>& columns) {
  ordered_json list = ordered_json::array();
  for (const analyst::ResultColumn& column : columns) {
    list.push_back({{"name", column.name.to_string()},
                    {"label", column.label},
                    {"type", type_name(column.type)},
                    {"format", column.format.empty() ? ordered_json(nullptr) : ordered_json(column.format)},
                    {"isMeasure", column.is_measure}});
  }
  return list;
}

ordered_json rows_json(const analyst::Rows& rows) {
  ordered_json list = ordered_json::array();
  for (const auto& row : rows.rows) {
    ordered_json cells = ordered_json::array();
    for (const analyst::Value& value : row) cells.push_back(std::visit(ToJson{}, value));
    list.push_back(std::move(cells));
  }
  return list;
}

void add_result(ordered_json& object, const analyst::QueryResult& result) {
  object["query"] = ordered_json(analyst::query_to_json(result.query));
  object["csvResult"] = result.csv;
  object["csvResultWasTruncated"] = result.csv_truncated;
  object["hasResults"] = !result.rows.rows.empty();
  object["totalRowCount"] = result.total_row_count;
}

void add_typed_result(ordered_json& object, const analyst::QueryResult& result) {
  object["sql"] = result.sql;
  object["columns"] = columns_json(result.columns);
  object["rows"] = rows_json(result.rows);
}

ordered_json query_result_json(const analyst::QueryResult& result) {
  ordered_json object;
  object["queryName"] = result.name;
  object["status"] = result.error.empty() ? "success" : "error";
  if (!result.error.empty()) object["error"] = result.error;
  add_result(object, result);
  add_typed_result(object, result);
  return object;
}

// Values come from users' databases, where text need not be UTF-8.
std::string as_text(const ordered_json& document) {
  return document.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace

std::string result_document(const analyst::Answer& answer, std::string_view conversation_url) {
  ordered_json actions = ordered_json::array();
  for (const analyst::Action& action : answer.actions) {
    ordered_json object;
    object["type"] = type_name(action.type);
    object["message"] = action.message;
    object["timestamp"] = iso_time(jobs::Time(std::chrono::milliseconds(action.timestamp)));
    if (action.result) object["result"] = query_result_json(*action.result);
    actions.push_back(std::move(object));
  }
  ordered_json document;
  document["actions"] = std::move(actions);
  document["message"] = answer.message;
  document["resultSummary"] = answer.summary;
  document["topic"] = answer.topic.empty() ? ordered_json(nullptr) : ordered_json(answer.topic);
  document["omniChatUrl"] = conversation_url;
  return as_text(document);
}

std::string query_document(const analyst::QueryResult& result, bool typed) {
  ordered_json object;
  add_result(object, result);
  if (typed) add_typed_result(object, result);
  return as_text(object);
}

std::string last_query(const analyst::Answer& answer) {
  for (auto action = answer.actions.rbegin(); action != answer.actions.rend(); ++action) {
    if (action->result && action->result->error.empty()) {
      return analyst::query_to_json(action->result->query).dump(-1, ' ', false, ordered_json::error_handler_t::replace);
    }
  }
  return {};
}

}  // namespace jobsd
