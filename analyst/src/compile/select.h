// compile/select.h - the text of the one SELECT, from the pieces that the rest of the compiler has made.
//
// When every aggregate can be taken over the joined rows as they are, the statement is flat:
//
//   SELECT keys, aggregates FROM joins WHERE … GROUP BY keys HAVING … ORDER BY … LIMIT …
//
// Otherwise the joined rows are read once and each grain is aggregated by itself, then the groups are put together:
//
//   WITH _rows AS    (SELECT keys, values, primary keys FROM joins WHERE …),
//        _groups AS  (SELECT keys, aggregates FROM _rows GROUP BY keys),              every group, and what is direct
//        _grain_1 AS (SELECT keys, values FROM _rows GROUP BY keys, primary key),     one row for each row of a view
//        _part_1 AS  (SELECT keys, aggregates FROM _grain_1 GROUP BY keys)
//   SELECT … FROM _groups LEFT JOIN _part_1 ON keys are the same …
//
// Within a group and primary key the value is the same in every row that counts and NULL in the others, so max() picks it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "compile/dialect.h"
#include "compile/measure.h"

namespace analyst {

struct SelectPieces {
  // SQL over the joined rows, in the order of the group keys.
  std::vector<std::string> keys = {};
  // "FROM … JOIN …"
  std::string from = {};
  // ANDed.
  std::vector<std::string> where = {};
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

SelectNames plan_select(const SelectPieces& pieces, const std::vector<AggregatePart>& parts, const Dialect& dialect);

}  // namespace analyst
