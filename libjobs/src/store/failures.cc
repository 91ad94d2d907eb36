#include "store/failures.h"

#include "store/encode.h"

namespace jobs::store {

FailureTable::FailureTable(SQLite::Database& database)
    : insert_(database, "INSERT INTO failures (job, attempt, at, failure) VALUES (?1, ?2, ?3, ?4)"),
      forget_(database, "DELETE FROM failures WHERE job = ?1 AND attempt <= ?2") {}

void FailureTable::insert(std::int64_t job, int attempt, Time at, const std::string& failure) {
  insert_(job, attempt, at, failure).run();
  if (attempt > failures_kept) forget_(job, attempt - failures_kept).run();
}

FailureReader::FailureReader(SQLite::Database& database)
    : select_(database,
              "SELECT failures.attempt, failures.at, failures.failure FROM failures JOIN jobs ON jobs.number = failures.job "
              "WHERE failures.job = ?1 AND jobs.id = ?2 "
              "UNION ALL SELECT attempt, finished_at, failure FROM jobs WHERE number = ?1 AND id = ?2 AND state = 3 "
              "ORDER BY 2, 1") {}

std::vector<AttemptFailure> FailureReader::of_job(const JobId& job) {
  std::vector<AttemptFailure> found;
  auto row = select_(job.number(), job);
  while (row.step()) {
    found.push_back({.attempt = row.small(0), .at = row.time(1), .failure = decode_failure(row.text(2))});
  }
  return found;
}

}  // namespace jobs::store
