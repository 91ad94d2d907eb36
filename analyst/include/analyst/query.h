// analyst/query.h - the semantic query: what is asked for, by the model's names, and never as SQL.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analyst/database.h"
#include "analyst/model.h"
#include "analyst/user.h"
#include "analyst/value.h"

namespace analyst {

// "orders.created_at[month]"
struct FieldName {
  std::string view = {};
  std::string field = {};
  std::optional<Timeframe> timeframe = {};

  static std::optional<FieldName> parse(std::string_view text);
  std::string to_string() const;
  friend bool operator==(const FieldName&, const FieldName&) = default;
};

// A condition on one field. Exactly the members that its type and kind need are set.
struct Filter {
  enum class Type { string, number, date, boolean, null, composite };
  enum class Kind {
    none,  // boolean, null
    equals, contains, starts_with, ends_with, is_empty,
    greater_than, less_than, between,
    on, before, on_or_after, time_for_interval_duration,
    all_of, any_of,
  };
  Type type = Type::string;
  Kind kind = Kind::equals;
  // string, number: the values; boolean: one; BETWEEN: two.
  std::vector<Value> values = {};
  // date: "2025-01-01", "12 months ago", … ; for time_for_interval_duration `left` is the start and `right` the length.
  std::string left = {};
  std::string right = {};
  bool is_negative = false;
  // composite: filters on the same field.
  std::vector<Filter> filters = {};
};

struct Sort {
  // A field of the query, as written in `fields`.
  std::string column = {};
  bool descending = false;
};

struct SemanticQuery {
  std::string model_id = {};
  // The view it starts from.
  std::string table = {};
  // Empty: one view alone.
  std::string topic = {};
  std::vector<FieldName> fields = {};
  // Keyed by field; AND. On a measure: HAVING.
  std::vector<std::pair<FieldName, Filter>> filters = {};
  std::vector<Sort> sorts = {};
  int limit = 1'000;
  std::vector<FieldName> pivots = {};
};

constexpr int query_limit_max = 50'000;

// The JSON form of contract and API. from_json throws Error(bad_query) naming the path of whatever is not understood:
// "filters.orders.status.kind: …". Nothing is ignored.
SemanticQuery query_from_json(const nlohmann::json& json);
nlohmann::json query_to_json(const SemanticQuery& query);

// What a column of the result is.
struct ResultColumn {
  FieldName name = {};
  std::string label = {};
  ValueType type = ValueType::text;
  std::string format = {};
  bool is_measure = false;
};

struct CompiledQuery {
  Statement statement = {};
  std::vector<ResultColumn> columns = {};
};

// When and where "this month" is.
struct Moment {
  // Unix seconds, UTC.
  std::int64_t now = 0;
};

// One read-only statement for the dialect, with the topic's and the user's conditions in it. `model` is the model as the
// user may see it. Throws Error: bad_query (an unknown field says the nearest one), not_allowed (an access filter whose
// attribute the user lacks).
CompiledQuery compile(const Model& model, const SemanticQuery& query, const User& user, Moment moment,
                      const Dialect& dialect);

}  // namespace analyst
