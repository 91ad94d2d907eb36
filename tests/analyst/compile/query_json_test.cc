// The JSON of a query: what is understood comes back the same, and whatever is not is an error that names its path.

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "analyst/query.h"

using namespace analyst;
using nlohmann::json;

namespace {

std::string error(const std::string& text) {
  try {
    query_from_json(json::parse(text));
  } catch (const Error& error) {
    CHECK(error.code() == Errc::bad_query);
    return error.what();
  }
  return {};
}

std::string filter_error(const std::string& filter) {
  return error(R"({"table": "t", "fields": ["t.a"], "filters": {"t.a": )" + filter + "}}");
}

}  // namespace

TEST_CASE("a query survives being read and written", "[json]") {
  const json written = json::parse(R"({
    "modelId": "770e8400-e29b-41d4-a716-446655440002", "table": "orders", "join_paths_from_topic_name": "orders",
    "fields": ["products.name", "orders.created_at[month]", "orders.revenue"],
    "filters": {
      "orders.created_at": {"type": "date", "kind": "TIME_FOR_INTERVAL_DURATION", "left_side": "12 months ago",
                            "right_side": "12 months", "is_negative": false},
      "orders.paid_at": {"type": "date", "kind": "BEFORE", "left_side": "2025-01-01", "is_negative": false},
      "products.category": {"type": "string", "kind": "EQUALS", "values": ["Shoes"], "is_negative": true},
      "products.code": {"type": "string", "kind": "IS_EMPTY", "is_negative": false},
      "orders.revenue": {"type": "number", "kind": "BETWEEN", "values": [1, 2.5], "is_negative": false},
      "orders.open": {"type": "boolean", "values": [false], "is_negative": false},
      "orders.note": {"type": "null", "is_negative": true},
      "orders.status": {"type": "composite", "conjunction": "OR", "is_negative": false, "filters": [
        {"type": "null", "is_negative": false},
        {"type": "string", "kind": "STARTS_WITH", "values": ["p"], "is_negative": false}]}},
    "sorts": [{"column_name": "orders.revenue", "sort_descending": true}], "limit": 5, "pivots": ["products.name"]})");
  CHECK(query_to_json(query_from_json(written)) == written);
}

TEST_CASE("what is left out has its default", "[json]") {
  const SemanticQuery query = query_from_json(json::parse(R"({"table": "t", "fields": ["t.a"]})"));
  CHECK(query.limit == 1'000);
  CHECK(query.topic.empty());
  CHECK(query.filters.empty());
  const auto truth = query_from_json(json::parse(
      R"({"table": "t", "fields": ["t.a"], "filters": {"t.a": {"type": "boolean"}}})"));
  CHECK(truth.filters[0].second.values == std::vector<Value>{true});
}

TEST_CASE("two conditions on one field are written as one composite", "[json]") {
  SemanticQuery query{.table = "t", .fields = {{"t", "a", {}}}};
  query.filters = {{{"t", "a", {}}, {.values = {"x"}}}, {{"t", "a", {}}, {.values = {"y"}}}};
  const SemanticQuery again = query_from_json(query_to_json(query));
  REQUIRE(again.filters.size() == 1);
  CHECK(again.filters[0].second.type == Filter::Type::composite);
  CHECK(again.filters[0].second.filters.size() == 2);
}

TEST_CASE("whatever is not understood is an error that names its path", "[json]") {
  CHECK(error("[]") == "query: must be an object");
  CHECK(error("null") == "query: must be an object");
  CHECK(error(R"({"fields": ["t.a"]})") == "table: is missing");
  CHECK(error(R"({"table": "t"})") == "fields: needs at least one field");
  CHECK(error(R"({"table": 7, "fields": ["t.a"]})") == "table: must be a string");
  CHECK(error(R"({"table": "t", "fields": "t.a"})") == "fields: must be a list");
  CHECK(error(R"({"table": "t", "fields": ["t.a", 3]})") == "fields[1]: must be a string");
  CHECK(error(R"({"table": "t", "fields": ["a"]})").find("fields[0]: \"a\" is not a field") == 0);
  CHECK(error(R"({"table": "t", "fields": ["t.a[fortnight]"]})").find("fields[0]: ") == 0);
  CHECK(error(R"({"table": "t", "fields": ["t.a"], "filter": {}})").find("\"filter\": not understood here") == 0);
  CHECK(error(R"({"table": "t", "fields": ["t.a"], "limit": 0})") == "limit: must be a whole number from 1 to 50000");
  CHECK(error(R"({"table": "t", "fields": ["t.a"], "limit": 1})").empty());
  CHECK(error(R"({"table": "t", "fields": ["t.a"], "limit": 50000})").empty());
  CHECK(error(R"({"table": "t", "fields": ["t.a"], "limit": 50001})") ==
        "limit: must be a whole number from 1 to 50000");
  CHECK(error(R"({"table": "t", "fields": ["t.a"], "limit": 18446744073709551615})").find("limit") == 0);
  CHECK(error(R"({"table": "t", "fields": ["t.a"], "limit": 5.5})").find("limit") == 0);
  CHECK(error(R"({"table": "t", "fields": ["t.a"], "limit": null})").find("limit") == 0);
  CHECK(error(R"({"table": "t", "fields": ["t.a"], "sorts": [{"column": "t.a"}]})").find("sorts[0].\"column\"") == 0);
  CHECK(error(R"({"table": "t", "fields": ["t.a"], "sorts": [{"column_name": "t.a", "sort_descending": 1}]})") ==
        "sorts[0].sort_descending: must be true or false");
  CHECK(error(R"({"table": "t", "fields": ["t.a"], "pivots": [{}]})") == "pivots[0]: must be a string");
  CHECK(error(R"({"table": "t\u0000", "fields": ["t.a"]})") == "table: must not contain a NUL character");
}

TEST_CASE("a filter's shape is checked to the last key", "[json]") {
  CHECK(filter_error(R"("last year")") == "filters.t.a: must be an object");
  CHECK(filter_error("{}") == "filters.t.a.type: is missing");
  CHECK(filter_error(R"({"type": "query"})").find("filters.t.a.type: \"query\" is not one of") == 0);
  CHECK(filter_error(R"({"type": "string", "kind": "LIKE", "values": ["x"]})").find(
            "filters.t.a.kind: \"LIKE\" is not one of EQUALS") == 0);
  CHECK(filter_error(R"({"type": "string", "values": ["x"]})") == "filters.t.a.kind: is missing");
  CHECK(filter_error(R"({"type": "string", "kind": "EQUALS"})") == "filters.t.a.values: is missing");
  CHECK(filter_error(R"({"type": "string", "kind": "EQUALS", "values": []})") ==
        "filters.t.a.values: needs at least one value");
  CHECK(filter_error(R"({"type": "string", "kind": "EQUALS", "values": [1]})") ==
        "filters.t.a.values[0]: must be a string");
  CHECK(filter_error(R"({"type": "string", "kind": "EQUALS", "values": ["x"], "case_insensitive": true})").find(
            "filters.t.a.\"case_insensitive\": not understood here") == 0);
  CHECK(filter_error(R"({"type": "string", "kind": "IS_EMPTY", "values": ["x"]})").find("filters.t.a.values") == 0);
  CHECK(filter_error(R"({"type": "number", "kind": "EQUALS", "values": ["1"]})") ==
        "filters.t.a.values[0]: must be a number");
  CHECK(filter_error(R"({"type": "number", "kind": "BETWEEN", "values": [1]})") ==
        "filters.t.a.values: needs exactly 2 values");
  CHECK(filter_error(R"({"type": "number", "kind": "LESS_THAN", "values": [1, 2]})") ==
        "filters.t.a.values: needs exactly 1 value");
  CHECK(filter_error(R"({"type": "date", "kind": "ON"})") == "filters.t.a.left_side: is missing");
  CHECK(filter_error(R"({"type": "date", "kind": "BETWEEN", "left_side": "today"})") ==
        "filters.t.a.right_side: is missing");
  CHECK(filter_error(R"({"type": "date", "kind": "ON", "left_side": "today", "right_side": "1 day"})") ==
        "filters.t.a.right_side: is not used by this kind");
  CHECK(filter_error(R"({"type": "date", "kind": "ON", "left_side": "today", "ui_type": "PAST"})").empty());
  CHECK(filter_error(R"({"type": "boolean", "values": ["true"]})") == "filters.t.a.values[0]: must be true or false");
  CHECK(filter_error(R"({"type": "null", "is_negative": "no"})") == "filters.t.a.is_negative: must be true or false");
  CHECK(filter_error(R"({"type": "composite", "conjunction": "XOR", "filters": []})").find(
            "filters.t.a.conjunction") == 0);
  CHECK(filter_error(R"({"type": "composite", "conjunction": "OR", "filters": [{"type": "null"}, {"type": "nul"}]})").find(
            "filters.t.a.filters[1].type") == 0);
}

TEST_CASE("everything that grows has a limit", "[json]") {
  std::string nested = R"({"type": "null"})";
  for (int i = 0; i < 4; ++i) nested = R"({"type": "composite", "conjunction": "AND", "filters": [)" + nested + "]}";
  CHECK(filter_error(nested).empty());
  nested = R"({"type": "composite", "conjunction": "AND", "filters": [)" + nested + "]}";
  CHECK(filter_error(nested).find("nested too deeply") != std::string::npos);

  const auto list = [](int count, const std::string& entry) {
    std::string text;
    for (int i = 0; i < count; ++i) text += (i == 0 ? "" : ",") + entry;
    return "[" + text + "]";
  };
  const auto with_values = [&](int count) {
    return R"({"type": "number", "kind": "EQUALS", "values": )" + list(count, "1") + "}";
  };
  CHECK(filter_error(with_values(1'000)).empty());
  CHECK(filter_error(with_values(1'001)) == "filters.t.a.values: has more than 1000 entries");
  CHECK(error(R"({"table": "t", "fields": )" + list(100, "\"t.a\"") + "}").empty());
  CHECK(error(R"({"table": "t", "fields": )" + list(101, "\"t.a\"") + "}") == "fields: has more than 100 entries");
  const auto with_text = [](std::size_t size) {
    return R"({"type": "string", "kind": "EQUALS", "values": [")" + std::string(size, 'x') + "\"]}";
  };
  CHECK(filter_error(with_text(4'096)).empty());
  CHECK(filter_error(with_text(4'097)) == "filters.t.a.values[0]: is longer than 4096 bytes");
}

TEST_CASE("a field's name and its parts", "[json]") {
  const auto name = FieldName::parse("orders.created_at[month]");
  REQUIRE(name);
  CHECK(name->view == "orders");
  CHECK(name->field == "created_at");
  CHECK(name->timeframe == Timeframe::month);
  CHECK(name->to_string() == "orders.created_at[month]");
  CHECK(FieldName::parse("a.b")->to_string() == "a.b");
  for (const char* bad : {"", ".", "a.", ".b", "a", "a.b.c", "a.b[", "a.b]", "a.b[]", "a.b[month", "a.[month]", "a.b[month]]",
                          "a[month].b", "a.b[Month]", "a.b\n"}) {
    CAPTURE(bad);
    CHECK_FALSE(FieldName::parse(bad));
  }
  CHECK_FALSE(FieldName::parse("a." + std::string(300, 'b')));
}
