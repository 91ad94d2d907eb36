#include "store/notices.h"

#include <algorithm>
#include <utility>

namespace jobs::store {

Notices::Notices(SQLite::Database& database)
    : find_(database,
            "SELECT kind, queues.name, trace, started_at FROM jobs JOIN queues ON queues.id = jobs.queue "
            "WHERE jobs.number = ?1"),
      find_traced_(database, "SELECT id, trace FROM jobs WHERE number = ?1") {}

void Notices::submitted(const JobSpec& spec, const JobId& job, Time now) {
  notices_.emplace_back(
      [notice = JobNotice{.job = job, .kind = spec.kind, .queue = spec.queue, .trace = spec.trace, .at = now}](
          Observer& observer) { observer.submitted(notice); });
}

void Notices::started(const Job& job, Time now) {
  const JobNotice notice = {
      .job = job.id, .kind = job.kind, .queue = job.queue, .trace = job.trace, .attempt = job.attempt, .at = now};
  const auto waited = std::max(now - std::max(job.run_at, job.created_at), std::chrono::milliseconds(0));
  notices_.emplace_back([notice, waited](Observer& observer) { observer.started(notice, waited); });
}

void Notices::ended(const JobId& job, int attempt, AttemptEnd end, bool ran, Time now) {
  auto row = find_(job.number());
  if (!row.step()) return;
  const JobNotice notice = {
      .job = job, .kind = row.text(0), .queue = row.text(1), .trace = row.text(2), .attempt = attempt, .at = now};
  const auto took = ran ? now - row.time_or_none(3).value_or(now) : std::chrono::milliseconds(0);
  notices_.emplace_back([notice, end, took](Observer& observer) { observer.finished(notice, end, took); });
}

void Notices::delivered(const AttemptRecord& made, int attempt, const std::string& host, std::int64_t job) {
  auto row = find_traced_(job);
  if (!row.step()) return;
  const DeliveryNotice notice = {.job = JobId(row.uuid(0)),
                                 .trace = row.text(1),
                                 .delivery = made.delivery,
                                 .host = host,
                                 .attempt = attempt,
                                 .status = made.attempt.status,
                                 .took = made.attempt.took,
                                 .state = made.state};
  notices_.emplace_back([notice](Observer& observer) { observer.delivery_attempted(notice); });
}

void Notices::tell(Observer& observer) {
  for (const auto& notice : notices_) notice(observer);
  notices_.clear();
}

}  // namespace jobs::store
