// answer/narrate.h - results become sentences and a table, each with its proof (answer/number_check.h).
//
// What is said depends on the shape of the main query: numbers alone, a comparison, a development over time, one for
// each group, a ranking, or a list. A piece of time that is not over, or that the conditions cut, is never compared
// with whole ones. Shares are of a total that a query of its own computed over all rows. Thread safety: a pure
// function.
#pragma once

#include <string>
#include <vector>

#include "analyst/analyst.h"
#include "answer/number_check.h"
#include "plan/period.h"
#include "plan/reading.h"

namespace analyst::answering {

struct Narrative {
  // The key numbers.
  std::vector<Sentence> headline = {};
  std::vector<Sentence> points = {};
  // Markdown table: a head, a rule, and rows, one a sentence.
  std::vector<Sentence> table = {};
  // How the table was cut, conditions, where the numbers are from.
  std::vector<Sentence> footer = {};
  // What the sentences quote that is not a row's.
  std::vector<std::string> words = {};
};

constexpr std::size_t table_rows_max = 20;

// `results` in the order of `reading.queries`; at least the first has run.
Narrative narrate(const Model& model, const planning::Reading& reading, const std::vector<QueryResult>& results,
                  planning::Date today);

}  // namespace analyst::answering
