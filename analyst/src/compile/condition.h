// compile/condition.h - a filter as an SQL condition, with every value bound.
//
// A negative filter is the exact complement of the positive one: a row that is NULL there is in the one that says
// "not". So the two together are always all rows, and "not cancelled" keeps what has no status.
#pragma once

#include <functional>
#include <string>

#include "analyst/query.h"
#include "compile/expression.h"

namespace analyst {

// What a filter is compared with.
struct Operand {
  // For errors: where in the query or model the filter stands.
  std::string path = {};
  std::string sql = {};
  ValueType type = ValueType::text;
  // The type is a guess, because the value is computed by SQL whose type nobody declared: any filter may be tried.
  bool type_unknown = false;
  // Date filters compare the stored value, whatever the timeframe, with whole periods of it.
  std::string stored_sql = {};
  ValueType stored_type = ValueType::text;
  std::optional<Timeframe> timeframe = {};
};

// Dates of relative filters are counted from `moment` in `time_zone`.
struct When {
  std::string time_zone = {};
  Moment moment = {};
};

// Throws Error(bad_query) when the filter does not fit the operand.
std::string condition(const Filter& filter, const Operand& operand, const When& when, const Dialect& dialect,
                      Bindings& bindings);

// A filter of the model's as one of a query's. `type` is that of the field it stands on.
Filter filter_of(const ModelFilter& filter, ValueType type);

}  // namespace analyst
