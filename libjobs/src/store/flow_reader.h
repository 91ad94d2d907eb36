// store/flow_reader.h - what a run asks about its job's flow, on any connection.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "jobs/flow.h"
#include "store/statement.h"

namespace jobs::store {

// The failures of one step in one attempt of its job.
struct StepFailures {
  // The job's attempts that counted, this one included.
  int attempt = 0;
  int count = 0;
  // No try is left.
  bool spent = false;
  Failure newest = {};
};

class FlowReader {
 public:
  explicit FlowReader(SQLite::Database& database);

  std::optional<Signal> signal(const JobId& job, std::string_view name);
  std::optional<StepFailures> step_failures(const JobId& job, std::string_view name);
  // Of the jobs that `job` submitted, or of those that it comes after; in the order of their submission.
  std::vector<Outcome> outcomes(const JobId& job, bool children);

 private:
  Statement signal_;
  Statement step_failures_;
  Statement outcomes_;
};

}  // namespace jobs::store
