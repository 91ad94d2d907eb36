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

// A condition on one field. Exactly the members that its type and kind need are set. A negative filter is the exact
// complement of the positive one: what is NULL is in it.
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
  // string, number: the values, of which any may match; boolean: one; BETWEEN: two, both included. Text is found whatever
  // its letter case by contains, starts_with and ends_with, and compared exactly by equals.
  std::vector<Value> values = {};
  // date: "2025-01-01", "2025-03", "this month", "12 months ago", …, each a whole period in the user's time zone. BETWEEN
  // reaches from the start of `left` to the end of `right`; for time_for_interval_duration `left` is the start and `right`
  // the length ("12 months"). "12 months ago" is the month that long before the current one, so that "12 months" from
  // there end with the last full month.
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

// What a column of the result is. The label names the timeframe, too ("Order date month"). A date in a timeframe is text
// that sorts in time order: a week is its Monday, a month "2025-03", a quarter "2025-Q1", a year "2025"; hour, minute and
// second are local times of day, "2025-03-09 14:00:00". Raw times are UTC, as stored.
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
// user may see it. Every measure is over the rows of its own view, whatever is joined. Without sorts, time runs forward,
// or else the first measure down from the largest. `limit` may be query_limit_max + 1, so that a caller can ask for one
// row more than it shows. Pivots are checked and change nothing: how rows are laid out is the caller's business.
// Throws Error: bad_query (an unknown field says the nearest one), not_allowed (an access filter whose attribute the user
// lacks).
CompiledQuery compile(const Model& model, const SemanticQuery& query, const User& user, Moment moment,
                      const Dialect& dialect);

}  // namespace analyst
