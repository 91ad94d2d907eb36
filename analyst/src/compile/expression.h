// compile/expression.h - the SQL of dimensions: references expanded, columns qualified, timeframes cut in the user's
// zone.
//
// Stored timestamps are UTC. For a zone other than UTC a timestamp is moved to the wall clock by the offset that was in
// force at that instant. The offsets are constants of the zone, so they are written into the statement as a balanced
// tree of CASEs over the instants at which the zone's offset changes: exact for each row, no function to install in the
// database, and some seven comparisons deep for the changes of 1970 to 2037. Where the query limits the field to an
// interval, only the changes inside it are written, mostly two a year. (A table of changes joined by range costs a
// lookup a row and does not stay inside an expression; one offset for the whole query is wrong for half the year.)
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "analyst/query.h"
#include "compile/bindings.h"
#include "compile/time_range.h"
#include "compile/zone.h"

namespace analyst {

// SQL text over the joined rows, and the views that must be joined for it. The text stands on its own: it is in
// parentheses wherever a neighbouring operator could tear it apart.
struct Expression {
  std::string sql = {};
  std::set<std::string> views = {};
};

class Expressions {
 public:
  Expressions(const Model& model, const std::string& time_zone, const Dialect& dialect, Bindings& bindings)
      : model_(model), zone_(time_zone), dialect_(dialect), bindings_(bindings) {}

  // A dimension as the model's own SQL and conditions may name it. Throws Error(bad_query).
  Expression dimension(const FieldName& name) { return dimension(name, 0); }

  // A piece of the model's SQL that stands in `home`. `real`: references that are numbers are made real, so that a
  // division inside is one of real numbers.
  Expression expand(const std::string& home, const std::string& sql, bool real = false) {
    return expand(home, sql, real, 0);
  }

  // Every row that the statement reads has the raw field inside the interval (UTC).
  void narrow(const FieldName& field, const Interval& interval);

  const Model& model() const { return model_; }
  const Dialect& dialect() const { return dialect_; }
  Bindings& bindings() { return bindings_; }

 private:
  Expression dimension(const FieldName& name, int depth);
  Expression expand(const std::string& home, const std::string& sql, bool real, int depth);
  std::string on_wall_clock(const FieldName& name, const std::string& timestamp);

  const Model& model_;
  const Zone zone_;
  const Dialect& dialect_;
  Bindings& bindings_;
  std::map<std::pair<std::string, std::string>, Interval> intervals_;
};

// True when the SQL divides, outside of literals and comments.
bool divides(std::string_view sql);

// The type of a dimension in a timeframe.
ValueType type_of(const Dimension& dimension, std::optional<Timeframe> timeframe);

// second … year: a period of time, as opposed to a part like the day of the week.
bool is_period(Timeframe timeframe);

}  // namespace analyst
