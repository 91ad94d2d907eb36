// store/failures.h - why attempts failed. An attempt that another follows has a row here; the last of a FAILED job stands in
// the job's own row alone, so that a job with one attempt costs none.
#pragma once

#include <string>
#include <vector>

#include "jobs/job.h"
#include "store/statement.h"

namespace jobs::store {

// Failures kept of one job, beside the one that ended it: the newest.
constexpr int failures_kept = 100;

// Used inside the writer's turn only.
class FailureTable {
 public:
  explicit FailureTable(SQLite::Database& database);
  // `failure` as encode() makes it.
  void insert(std::int64_t job, int attempt, Time at, const std::string& failure);

 private:
  Statement insert_;
  Statement forget_;
};

// On any connection.
class FailureReader {
 public:
  explicit FailureReader(SQLite::Database& database);
  std::vector<AttemptFailure> of_job(const JobId& job);

 private:
  Statement select_;
};

}  // namespace jobs::store
