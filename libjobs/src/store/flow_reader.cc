#include "store/flow_reader.h"

#include "store/encode.h"

namespace jobs::store {

FlowReader::FlowReader(SQLite::Database& database)
    : signal_(database, "SELECT payload FROM signals WHERE job = ?1 AND name = ?2"),
      step_failures_(database, "SELECT attempt, failures, spent, failure FROM step_failures WHERE job = ?1 AND name = ?2"),
      outcomes_(database,
                "SELECT jobs.id, jobs.state, coalesce(results.summary, ''), jobs.failure FROM dependencies AS d "
                "JOIN jobs ON jobs.number = d.on_job LEFT JOIN results ON results.number = jobs.number "
                "WHERE d.job = ?1 AND d.child = ?2 ORDER BY d.on_job") {}

std::optional<Signal> FlowReader::signal(const JobId& job, std::string_view name) {
  auto row = signal_(job.number(), name);
  if (!row.step()) return std::nullopt;
  return row.null(0) ? Signal{} : Signal{.payload = row.text(0)};
}

std::optional<StepFailures> FlowReader::step_failures(const JobId& job, std::string_view name) {
  auto row = step_failures_(job.number(), name);
  if (!row.step()) return std::nullopt;
  StepFailures failures = {
      .attempt = row.small(0), .count = row.small(1), .spent = row.flag(2), .newest = decode_failure(row.text(3))};
  failures.newest.retry = row.small(2) != 2;
  return failures;
}

std::vector<Outcome> FlowReader::outcomes(const JobId& job, bool children) {
  std::vector<Outcome> found;
  auto row = outcomes_(job.number(), children);
  while (row.step()) {
    Outcome outcome = {.id = JobId(row.uuid(0)), .state = static_cast<State>(row.small(1)), .summary = row.text(2)};
    if (outcome.state == State::failed && !row.null(3)) outcome.failure = decode_failure(row.text(3));
    found.push_back(std::move(outcome));
  }
  return found;
}

}  // namespace jobs::store
