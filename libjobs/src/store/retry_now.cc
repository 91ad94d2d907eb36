// Another attempt at once, because somebody asks for it.
#include "store/jobs.h"

#include "store/encode.h"

namespace jobs::store {

std::optional<RetryNow> JobTable::retry_now(const JobId& job, Time now) {
  const auto live = find(job);
  if (!live) return std::nullopt;
  switch (live->state) {
    case State::running: return RetryNow::unchanged;
    case State::complete: return RetryNow::complete;
    case State::failed:
    case State::cancelled: return revive(*live, now);
    case State::pending: break;
  }
  if (make_due_now_(job.number(), now).run() == 0) return RetryNow::unchanged;
  move(*live, Place::ready, now);
  return RetryNow::due;
}

RetryNow JobTable::revive(const Live& job, Time now) {
  const std::int64_t number = job.id.number();
  std::string failure;
  Time failed_at = {};
  {
    auto row = ended_(number);
    row.step();
    // What waits for it, or goes with it, does not know of its end yet: that end must not be undone in between.
    if (row.flag(3)) return RetryNow::unchanged;
    if (const std::string key = row.text(0); !key.empty()) {
      const auto holder = keys_.find(key, now);
      if (holder && holder->job != job.id) return RetryNow::key_held;
    }
    if (job.state == State::failed) failure = row.text(1);
    failed_at = row.time(2);
  }
  if (!failure.empty()) failures_.insert(number, job.attempt, failed_at, failure);
  const std::int64_t event = events_.append(job.id, job.last_event, EventType::retry, now, job.attempt,
                                            failure_data({.code = "retry_now", .message = "Somebody asked for it."}));
  revive_(number, now, event).run();
  // Its parent waits for its children again, of which this one is live. A job that came after this one does not.
  if (job.has_dependents) flow_.reopen_child(number);
  if (job.deadline && *job.deadline > now) watch_deadline(job.deadline);
  move(job, Place::ready, now);
  return RetryNow::revived;
}

}  // namespace jobs::store
