// compile/measure.h - measures taken apart into aggregates, each at the grain of the view that it counts.
//
// A join repeats rows: an order with three lines stands three times in "orders joined to their lines", and sum(amount)
// over that counts it three times. So each aggregate knows its grain, the view whose rows it is over, and how it gets
// back to it in the joined rows:
//   direct        each row of the grain is there at most once, or seeing it twice changes nothing (min, max, distinct)
//   counted       a count of rows that are repeated is a distinct count of their primary key
//   deduplicated  one row for each group and primary key first, then the aggregate over those
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compile/condition.h"
#include "compile/expression.h"
#include "compile/joins.h"

namespace analyst {

struct AggregatePart {
  enum class Form { direct, counted, deduplicated };

  FieldName measure = {};
  Aggregate aggregate = Aggregate::count;
  int percentile = 50;
  // NULL where a row does not count. Empty: every row counts.
  std::string value = {};
  std::set<std::string> views = {};
  // The views that the aggregated expression itself is computed from, without its filters.
  std::set<std::string> sources = {};
  // Filled in by settle().
  std::string grain = {};
  Form form = Form::direct;
  // The primary key of the grain, when it is needed.
  std::vector<std::string> key = {};
};

class Measures {
 public:
  Measures(Expressions& expressions, const When& when) : expressions_(expressions), when_(when) {}

  // Takes a measure apart. Throws Error(bad_query).
  void add(const FieldName& measure) { add(measure, 0); }

  // Once the joins that an aggregate is computed over are known: its grain and form. Throws Error(bad_query) when its
  // grain is repeated and has no primary key.
  void settle(std::size_t part, const JoinTree& tree);
  // The view of an aggregate has a primary key, so that joins which repeat its rows can be undone.
  bool can_be_repeated(const AggregatePart& part) const;

  const std::vector<AggregatePart>& parts() const { return parts_; }

  // The SQL of a measure, given that of each aggregate.
  std::string result(const FieldName& measure,
                     const std::function<std::string(const AggregatePart&)>& aggregate) const {
    return result(measure, aggregate, 0);
  }

  // The type of a measure's result.
  ValueType type_of(const FieldName& measure) const;

 private:
  const Measure& find(const FieldName& name) const;
  void add(const FieldName& name, int depth);
  AggregatePart aggregate_of(const FieldName& name, const Measure& measure);
  std::vector<std::string> key_of(const std::string& view);
  std::string result(const FieldName& measure, const std::function<std::string(const AggregatePart&)>& aggregate,
                     int depth) const;

  Expressions& expressions_;
  const When& when_;
  std::vector<AggregatePart> parts_;
};

// The field a filter of the model's stands on: "field" of `home`, or "view.field".
FieldName field_of(const ModelFilter& filter, const std::string& home);

// A dimension to be compared with. Throws Error(bad_query).
Operand operand_of(const FieldName& name, const std::string& path, Expressions& expressions,
                   std::set<std::string>& views);

}  // namespace analyst
