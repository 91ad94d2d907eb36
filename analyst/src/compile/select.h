// compile/select.h - the text of the one SELECT, from the pieces that the rest of the compiler has made.
//
// When every aggregate can be taken over the joined rows as they are, the statement is flat:
//
//   SELECT keys, aggregates FROM joins WHERE … GROUP BY keys HAVING … ORDER BY … LIMIT …
//
// Otherwise the joined rows are read once and each grain is aggregated by itself, then the groups are put together:
//
//   WITH _rows_1 AS  (SELECT keys, values, primary keys FROM joins WHERE …),
//        _groups AS  (SELECT keys, aggregates FROM _rows_1 GROUP BY keys),            every group, and what is direct
//        _grain_1 AS (SELECT keys, values FROM _rows_1 GROUP BY keys, primary key),   one row for each row of a view
//        _part_1 AS  (SELECT keys, aggregates FROM _grain_1 GROUP BY keys)
//   SELECT … FROM _groups LEFT JOIN _part_1 ON keys are the same …
//
// with a _rows_2 and parts of its own for each further row set. Within a group and primary key the value is the same in
// every row that counts and NULL in the others, so max() picks it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "compile/dialect.h"
#include "compile/measure.h"

namespace analyst {

// Joined rows, and the aggregates that are taken over them. Every set has the same groups.
struct RowSet {
  // "FROM … JOIN …"
  std::string from = {};
  // ANDed.
  std::vector<std::string> where = {};
  // Indexes of aggregates.
  std::vector<std::size_t> parts = {};
};

// How the final SELECT names things.
struct SelectNames {
  // The SQL of each key.
  std::vector<std::string> keys = {};
  // The SQL of each aggregate, in the order of Measures::parts().
  std::vector<std::string> aggregates = {};
  // What stands before the final SELECT, and from FROM to the end of the conditions on rows.
  std::string with = {};
  std::string from = {};
  // The final SELECT groups, so that a condition on aggregates is HAVING; otherwise it is WHERE.
  bool grouping = false;
};

// `keys` is SQL over the joined rows. There is at least one row set, and each aggregate is in exactly one.
SelectNames plan_select(const std::vector<std::string>& keys, const std::vector<RowSet>& row_sets,
                        const std::vector<AggregatePart>& parts, const Dialect& dialect);

}  // namespace analyst
