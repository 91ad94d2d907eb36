#include "store/job_row.h"

#include "store/encode.h"

namespace jobs::store {

const std::string select_job =
    "SELECT jobs.id, jobs.kind, queues.name, coalesce(jobs.payload, payloads.payload, ''), coalesce(jobs.metadata, ''), "
    "jobs.priority, jobs.state, jobs.attempt, jobs.attempts_returned, jobs.max_attempts, jobs.time_limit, "
    "jobs.created_at, jobs.updated_at, jobs.run_at, jobs.started_at, jobs.finished_at, jobs.progress, "
    "jobs.cancel_requested, coalesce(jobs.cancelled_by, ''), coalesce(results.summary, ''), jobs.failure, jobs.last_event, "
    "jobs.tags, coalesce(jobs.trace, ''), jobs.deadline, jobs.key, jobs.parent, jobs.open_jobs, "
    "CASE WHEN jobs.state = 0 AND jobs.due = 2 THEN jobs.awaits END "
    "FROM jobs JOIN queues ON queues.id = jobs.queue LEFT JOIN payloads ON payloads.number = jobs.number "
    "LEFT JOIN results ON results.number = jobs.number ";

Job read_job(const Statement::Use& row) {
  Job job;
  job.id = JobId(row.uuid(0));
  job.kind = row.text(1);
  job.queue = row.text(2);
  job.payload = row.text(3);
  job.metadata = row.text(4);
  job.priority = row.small(5);
  job.state = static_cast<State>(row.small(6));
  job.attempt = row.small(7);
  job.attempts_returned = row.small(8);
  job.max_attempts = row.small(9);
  job.time_limit = std::chrono::milliseconds(row.integer(10));
  job.created_at = row.time(11);
  job.updated_at = row.time(12);
  job.run_at = row.time(13);
  job.started_at = row.time_or_none(14);
  job.finished_at = row.time_or_none(15);
  if (!row.null(16)) job.progress = decode_progress(row.text(16));
  job.cancel_requested = row.flag(17);
  job.cancelled_by = row.text(18);
  job.summary = row.text(19);
  if (!row.null(20)) job.failure = decode_failure(row.text(20));
  if (!row.null(22)) job.tags = decode_tags(row.text(22));
  job.trace = row.text(23);
  job.key = row.text(25);
  job.deadline = row.time_or_none(24);
  if (!row.null(26)) job.parent = JobId(row.uuid(26));
  job.open_jobs = row.small(27);
  if (!row.null(28)) job.awaits = row.text(28);
  return job;
}

}  // namespace jobs::store
