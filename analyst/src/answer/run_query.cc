// Runs one semantic query: compile, run, format.
#include <algorithm>
#include <utility>

#include "analyst/analyst.h"
#include "answer/csv.h"

namespace analyst {

QueryResult run_query(const Model& visible_model, Database& database, const SemanticQuery& query, const User& user,
                      const Question& question, std::stop_token stop) {
  if (stop.stop_requested()) throw Error(Errc::stopped, "The question was stopped.");
  auto compiled = compile(visible_model, query, user, {question.now}, database.dialect());
  QueryResult result;
  result.query = query;
  result.columns = std::move(compiled.columns);
  result.sql = compiled.statement.sql;
  result.rows = database.run(compiled.statement, question.limits, stop);
  auto csv = answering::to_csv(result.columns, result.rows, question.limits.bytes);
  result.csv = std::move(csv.text);
  result.csv_truncated = csv.truncated || result.rows.truncated;
  result.total_row_count = static_cast<std::int64_t>(result.rows.rows.size());
  return result;
}

}  // namespace analyst
