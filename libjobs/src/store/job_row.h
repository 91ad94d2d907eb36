// store/job_row.h - a row of the jobs table as a Job. The columns and their order are said here once.
#pragma once

#include <string>

#include "jobs/job.h"
#include "store/statement.h"

namespace jobs::store {

// SELECT list and FROM, to be continued with WHERE. Results are joined for COMPLETE jobs.
extern const std::string select_job;

// The column of jobs.last_event, which is no member of Job.
constexpr int last_event_column = 21;

Job read_job(const Statement::Use& row);

}  // namespace jobs::store
