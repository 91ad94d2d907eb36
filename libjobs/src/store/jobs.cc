#include "store/jobs.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "core/backoff.h"
#include "core/failure.h"
#include "core/state.h"
#include "store/encode.h"
#include "store/job_row.h"

namespace jobs::store {
namespace {

const std::string live_columns =
    "SELECT id, state, attempt, attempts_returned, max_attempts, queue, last_event, webhook, cancel_requested, "
    "deadline, key, due, started_at, has_dependents, open_jobs "
    "FROM jobs ";

constexpr std::size_t message_bytes_max = 4096;

std::string_view head(std::string_view text) { return text.substr(0, message_bytes_max); }

bool overdue(std::optional<Time> deadline, Time now) { return deadline && *deadline <= now; }

// `due` counts while a job is PENDING.
Place place_of(State state, int due) {
  switch (state) {
    case State::pending: return static_cast<Place>(due);
    case State::running: return Place::running;
    case State::complete: return Place::complete;
    case State::failed: return Place::failed;
    case State::cancelled: break;
  }
  return Place::cancelled;
}

AttemptEnd end_of(State state) {
  return state == State::complete ? AttemptEnd::completed
         : state == State::failed ? AttemptEnd::failed
                                  : AttemptEnd::cancelled;
}

}  // namespace

JobTable::JobTable(SQLite::Database& database, Effects& effects, OutboxTable& outbox, QueueTable& queues, Turns& turns,
                   std::function<std::uint64_t()>& random)
    : database_(database),
      effects_(effects),
      events_(database, effects),
      outbox_(outbox),
      queues_(queues),
      turns_(turns),
      picker_(database, effects, queues, turns),
      steps_(database),
      keys_(database, effects),
      failures_(database),
      flow_(database),
      random_(random),
      insert_(database,
              "INSERT INTO jobs (number, id, queue, kind, due, priority, max_attempts, created_at, updated_at, run_at, "
              "time_limit, last_event, webhook, unique_key, metadata, payload, tags, trace, deadline, key) "
              "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)"),
      insert_tag_(database, "INSERT INTO job_tags (tag, number) VALUES (?1, ?2)"),
      insert_payload_(database, "INSERT INTO payloads (number, payload) VALUES (?1, ?2)"),
      insert_result_(database, "INSERT INTO results (number, summary, output) VALUES (?1, ?2, ?3)"),
      find_(database, live_columns + "WHERE number = ?1 AND id = ?2"),
      due_(database, select_job + "WHERE jobs.state = 0 AND jobs.due = 1 AND jobs.queue = ?1 AND jobs.key = ?2 "
                                  "ORDER BY jobs.priority DESC, jobs.number LIMIT ?3"),
      by_number_(database, select_job + "WHERE jobs.state = 0 AND jobs.due = 1 AND jobs.number = ?1"),
      start_(database,
             "UPDATE jobs SET state = 1, attempt = ?2, started_at = ?3, updated_at = ?3, lease_until = ?4, "
             "outside = ?5, last_event = ?6, progress = NULL WHERE number = ?1"),
      end_(database,
           "UPDATE jobs SET state = ?2, finished_at = ?3, updated_at = ?3, lease_until = NULL, last_event = ?4, "
           "failure = ?5, outside = 0 WHERE number = ?1"),
      put_back_(database,
                "UPDATE jobs SET state = 0, due = ?2, run_at = ?3, updated_at = ?4, lease_until = NULL, outside = 0, "
                "last_event = ?5, attempts_returned = ?6, failure = coalesce(?7, failure) WHERE number = ?1"),
      renew_(database, "UPDATE jobs SET lease_until = ?2 WHERE number = ?1"),
      progress_(database, "UPDATE jobs SET progress = ?2, updated_at = ?3, last_event = ?4 WHERE number = ?1"),
      step_(database, "UPDATE jobs SET updated_at = ?2, last_event = ?3 WHERE number = ?1"),
      request_cancel_(database,
                      "UPDATE jobs SET cancel_requested = 1, cancelled_by = ?2, updated_at = ?3 WHERE number = ?1"),
      scheduled_(database, "SELECT number, queue, key FROM jobs WHERE state = 0 AND due = 0 AND run_at <= ?1 "
                           "ORDER BY run_at LIMIT 1000"),
      make_due_(database, "UPDATE jobs SET due = 1 WHERE number = ?1"),
      overdue_(database, live_columns + "WHERE state = 0 AND deadline IS NOT NULL AND deadline <= ?1 "
                                        "ORDER BY deadline LIMIT 1000"),
      next_deadline_(database, "SELECT deadline FROM jobs WHERE state = 0 AND deadline IS NOT NULL ORDER BY deadline LIMIT 1"),
      make_due_now_(database,
                    "UPDATE jobs SET due = 1, run_at = ?2, updated_at = ?2 WHERE number = ?1 AND state = 0 AND due = 0"),
      ended_(database, "SELECT coalesce(unique_key, ''), failure, finished_at, unsettled FROM jobs WHERE number = ?1"),
      revive_(database,
              "UPDATE jobs SET state = 0, due = 1, run_at = ?2, updated_at = ?2, finished_at = NULL, last_event = ?3, "
              "max_attempts = max(max_attempts, attempt - attempts_returned + 1), cancel_requested = 0, "
              "cancelled_by = NULL, deadline = iif(deadline > ?2, deadline, NULL), awaits = NULL, wake_at = NULL, "
              "open_jobs = (SELECT count(*) FROM dependencies WHERE job = jobs.number AND settled = 0) WHERE number = ?1"),
      ended_leases_(database, live_columns + "WHERE state = 1 AND lease_until <= ?1 ORDER BY lease_until LIMIT 1000"),
      orphans_(database, live_columns + "WHERE state = 1 AND outside = 0 ORDER BY number"),
      next_timer_(database, "SELECT (SELECT run_at FROM jobs WHERE state = 0 AND due = 0 ORDER BY run_at LIMIT 1), "
                            "(SELECT lease_until FROM jobs WHERE state = 1 ORDER BY lease_until LIMIT 1)") {
  Statement newest(database, "SELECT coalesce(max(number), 0) FROM jobs");
  auto row = newest();
  if (row.step()) newest_ = row.integer(0);
}

Submitted JobTable::insert(const JobSpec& spec, Time now) {
  JobId replaced;
  std::vector<Live> before = find_before(spec);
  if (!spec.unique_key.empty()) {
    if (const auto holder = keys_.find(spec.unique_key, now)) {
      if (spec.on_conflict == OnConflict::refuse) {
        return {.outcome = Submitted::Outcome::refused, .holder = holder->job};
      }
      if (spec.on_conflict != OnConflict::replace_pending || !holder->pending) {
        return {.outcome = Submitted::Outcome::existing, .id = holder->job, .holder = holder->job};
      }
      replaced = holder->job;
      cancel(replaced, "replaced", now);
      keys_.end_period(spec.unique_key);
      before = find_before(spec);  // the cancelled one may be among them
    }
  }
  const std::int64_t queue = queues_.number(spec.queue);
  const std::int64_t number = ++newest_;
  const JobId id(Uuid::from_number(number, random_()));
  const Time run_at = spec.run_at.value_or(now + spec.delay);
  const auto deadline = spec.deadline > spec.deadline.zero() ? std::optional<Time>(now + spec.deadline) : std::nullopt;
  // 2 until come_after() knows better.
  const int due = !before.empty() ? 2 : run_at <= now ? 1 : 0;
  const bool inlined = spec.payload.size() <= inline_payload_bytes;
  const int webhook = !spec.webhook ? 0 : spec.webhook->progress ? 2 : 1;
  const std::int64_t event = events_.append(id, 0, EventType::created, now, 0, {}, queue);
  const auto or_null = [](const std::string& text) { return text.empty() ? nullptr : &text; };
  const std::set<std::string> tags(spec.tags.begin(), spec.tags.end());
  const auto stored_tags = tags.empty() ? std::nullopt : std::optional<std::string>(encode_tags({tags.begin(), tags.end()}));
  insert_(number, id, queue, spec.kind, due, spec.priority, spec.max_attempts, now, run_at, spec.time_limit, event,
          webhook, or_null(spec.unique_key), or_null(spec.metadata), inlined ? or_null(spec.payload) : nullptr, stored_tags,
          or_null(spec.trace), deadline, spec.key)
      .run();
  if (spec.unique_for > spec.unique_for.zero()) keys_.hold_until(spec.unique_key, id, now + spec.unique_for);
  watch_deadline(deadline);
  for (const std::string& tag : tags) insert_tag_(tag, number).run();
  if (!inlined) insert_payload_(number, spec.payload).run();
  if (spec.webhook) outbox_.insert_target(id, *spec.webhook);
  turns_.move({.queue = queue, .key = spec.key, .to = static_cast<Place>(due)});
  if (notices_) notices_->submitted(spec, id, now);
  if (due == 2) come_after(id, before, spec, queue, run_at, now);
  if (due == 0) effects_.wake_timers_by(run_at);
  if (replaced == JobId()) return {.id = id};
  return {.outcome = Submitted::Outcome::replaced, .id = id, .holder = replaced};
}

std::vector<Job> JobTable::claim(std::int64_t queue, int limit, Time now, Time lease_until, bool outside) {
  expire_deadlines(now);
  std::vector<Job> jobs;
  while (static_cast<int>(jobs.size()) < limit) {
    const auto pick = picker_.next(queue, limit - static_cast<int>(jobs.size()), now);
    if (!pick) break;
    std::vector<Job> started = start(*pick, queue, now, lease_until, outside);
    std::move(started.begin(), started.end(), std::back_inserter(jobs));
  }
  return jobs;
}

std::vector<Job> JobTable::start(const Picker::Pick& pick, std::int64_t queue, Time now, Time lease_until, bool outside) {
  std::vector<Job> jobs;
  std::vector<std::int64_t> last_events;
  {
    auto row = pick.number ? by_number_(*pick.number) : due_(queue, pick.key, pick.count);
    while (row.step()) {
      jobs.push_back(read_job(row));
      last_events.push_back(row.integer(last_event_column));
    }
  }
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    Job& job = jobs[i];
    job.state = State::running;
    ++job.attempt;
    job.started_at = job.updated_at = now;
    job.progress.reset();
    const std::int64_t event = events_.append(job.id, last_events[i], EventType::started, now, job.attempt);
    start_(job.id.number(), job.attempt, now, lease_until, outside, event).run();
    turns_.move({.queue = queue,
                 .key = job.key,
                 .from = Place::ready,
                 .to = Place::running,
                 .took = now - std::max(job.run_at, job.created_at)});
    if (notices_) notices_->started(job, now);
  }
  // What is counted as ready and is not there was changed behind the engine's back: it has had its turn.
  if (jobs.empty()) turns_.hold_until_moved(queue, pick.key);
  return jobs;
}

JobTable::Live JobTable::read_live(const Statement::Use& row) {
  return {.id = JobId(row.uuid(0)),
          .state = static_cast<State>(row.small(1)),
          .attempt = row.small(2),
          .returned = row.small(3),
          .max_attempts = row.small(4),
          .queue = row.integer(5),
          .last_event = row.integer(6),
          .webhook = row.small(7),
          .cancel_requested = row.flag(8),
          .deadline = row.time_or_none(9),
          .key = row.text(10),
          .place = place_of(static_cast<State>(row.small(1)), row.small(11)),
          .started_at = row.time_or_none(12),
          .has_dependents = row.flag(13),
          .open_jobs = row.small(14)};
}

std::optional<JobTable::Live> JobTable::find(const JobId& job) {
  auto row = find_(job.number(), job);
  return row.step() ? std::optional<Live>(read_live(row)) : std::nullopt;
}

std::vector<JobTable::Live> JobTable::collect(Statement::Use row) {
  std::vector<Live> found;
  while (row.step()) found.push_back(read_live(row));
  return found;
}

std::optional<JobTable::Live> JobTable::current(const JobId& job, int attempt) {
  auto live = find(job);
  if (!live || live->state != State::running || live->attempt != attempt) return std::nullopt;
  return live;
}

void JobTable::end(const Live& job, State state, Time now, const std::string& summary, const Failure* failure) {
  const EventType type = state == State::complete   ? EventType::completed
                         : state == State::failed ? EventType::failed
                                                  : EventType::cancelled;
  const std::int64_t event =
      events_.append(job.id, job.last_event, type, now, job.attempt, failure ? failure_data(*failure) : std::string());
  const std::optional<std::string> stored = failure ? std::optional<std::string>(encode(*failure)) : std::nullopt;
  end_(job.id.number(), static_cast<int>(state), now, event, stored).run();
  move(job, place_of(state, 0), now);
  if (notices_) notices_->ended(job.id, job.attempt, end_of(state), job.state == State::running, now);
  if (job.webhook != 0) outbox_.insert_event(job.id, state, now, summary, failure);
  if (job.has_dependents || (state == State::cancelled && job.open_jobs > 0)) ended(job.id, state, now);
}

void JobTable::move(const Live& job, Place to, Time now, bool retried) {
  const bool ran = job.place == Place::running && job.started_at;
  turns_.move({.queue = job.queue,
               .key = job.key,
               .from = job.place,
               .to = to,
               .took = ran ? now - *job.started_at : std::chrono::milliseconds(0),
               .retried = retried});
}

void JobTable::end_cancelled(const Live& job, Time now) { end(job, State::cancelled, now, {}, nullptr); }

std::optional<Finish> JobTable::end_if_over(const Live& job, Time now, const Failure* own) {
  if (job.cancel_requested) {
    end_cancelled(job, now);
    return Finish::cancelled;
  }
  if (!overdue(job.deadline, now)) return std::nullopt;
  const Failure failure = deadline_exceeded(own ? std::optional<Failure>(*own) : std::nullopt);
  end(job, State::failed, now, {}, &failure);
  return Finish::deadline;
}

void JobTable::watch_deadline(std::optional<Time> deadline) {
  if (!deadline) return;
  earliest_deadline_ = std::min(earliest_deadline_, *deadline);
  effects_.wake_timers_by(*deadline);
}

void JobTable::forget() {
  keys_.forget();
  picker_.rates().forget();
  events_.forget();
  earliest_deadline_ = Time::min();
  to_tell_.clear();
  settling_ = false;
  settle_at_ = waits_until_ = Time::min();
}

void JobTable::put_back(const Live& job, EventType why, const std::string& data, Time run_at, Time now, int returned,
                        const std::string* failure, const Hold* hold) {
  const std::int64_t event = events_.append(job.id, job.last_event, why, now, job.attempt, data);
  const int due = hold ? 2 : run_at <= now ? 1 : 0;
  put_back_(job.id.number(), due, run_at, now, event, returned, failure).run();
  if (notices_) {
    notices_->ended(job.id, job.attempt, why == EventType::retry ? AttemptEnd::retried : AttemptEnd::returned, true, now);
  }
  watch_deadline(job.deadline);
  if (failure && why == EventType::retry) failures_.insert(job.id.number(), job.attempt, now, *failure);
  move(job, static_cast<Place>(due), now, why == EventType::retry);
  if (due == 0) effects_.wake_timers_by(run_at);
  if (due != 2) return;
  flow_.wait(job.id.number(), hold->awaits, hold->until);
  if (!hold->until) return;
  waits_until_ = std::min(waits_until_, *hold->until);
  effects_.wake_timers_by(*hold->until);
}

Finish JobTable::complete(const JobId& job, int attempt, const Result& result, Time now) {
  const auto live = current(job, attempt);
  if (!live) return Finish::lease_lost;
  if (const auto over = end_if_over(*live, now)) return *over;
  if (!result.summary.empty() || !result.output.empty()) {
    insert_result_(job.number(), result.summary, result.output).run();
  }
  end(*live, State::complete, now, result.summary, nullptr);
  return Finish::ok;
}

Finish JobTable::fail(const JobId& job, int attempt, const Failure& reported, const RetryPolicy& policy, Time now) {
  const auto live = current(job, attempt);
  if (!live) return Finish::lease_lost;
  const Failure failure = bounded(reported);
  if (const auto over = end_if_over(*live, now, &failure)) return *over;
  const bool again = runs_again(live->attempt, live->returned, live->max_attempts, failure.retry);
  const Time run_at = again ? now + backoff(policy, live->attempt - live->returned, random_()) : now;
  // An attempt that could only begin after the deadline is none.
  if (again && !overdue(live->deadline, run_at)) {
    const std::string stored = encode(failure);
    put_back(*live, EventType::retry, failure_data(failure), run_at, now, live->returned, &stored);
  } else {
    end(*live, State::failed, now, {}, &failure);
  }
  return Finish::ok;
}

Finish JobTable::release(const JobId& job, int attempt, std::chrono::milliseconds delay, Time now) {
  const auto live = current(job, attempt);
  if (!live) return Finish::lease_lost;
  if (const auto over = end_if_over(*live, now)) return *over;
  put_back(*live, EventType::returned, {}, now + bounded_span(delay), now, live->returned + 1, nullptr);
  return Finish::ok;
}

Finish JobTable::renew(const JobId& job, int attempt, Time lease_until, Time now) {
  const auto live = current(job, attempt);
  if (!live) return Finish::lease_lost;
  if (overdue(live->deadline, now)) {
    if (const auto over = end_if_over(*live, now)) return *over;
  }
  renew_(job.number(), lease_until).run();
  effects_.wake_timers_by(lease_until);
  return live->cancel_requested ? Finish::cancelled : Finish::ok;
}

Finish JobTable::progress(const JobId& job, int attempt, int iteration, std::string_view message, Time now) {
  const auto live = current(job, attempt);
  if (!live) return Finish::lease_lost;
  const Progress progress = {.iteration = iteration, .message = std::string(head(message)), .at = now};
  const std::int64_t event = events_.append(job, live->last_event, EventType::progress, now, attempt,
                                            progress_data(iteration, progress.message));
  progress_(job.number(), encode(progress), now, event).run();
  if (live->webhook == 2) effects_.progress_reports.push_back({.job = job, .progress = progress});
  return live->cancel_requested ? Finish::cancelled : Finish::ok;
}

Finish JobTable::store_step(const JobId& job, int attempt, std::string_view name, std::string_view result, Time now) {
  const auto live = current(job, attempt);
  if (!live) return Finish::lease_lost;
  if (steps_.insert(job.number(), name, attempt, now, result)) {
    const std::int64_t event =
        events_.append(job, live->last_event, EventType::step, now, attempt, step_data(name));
    step_(job.number(), now, event).run();
  }
  return live->cancel_requested ? Finish::cancelled : Finish::ok;
}

std::optional<State> JobTable::cancel(const JobId& job, std::string_view by, Time now) {
  const auto live = find(job);
  if (!live) return std::nullopt;
  if (is_terminal(live->state) || live->cancel_requested) return live->state;
  request_cancel_(job.number(), by, now).run();
  if (live->state == State::pending) {
    end_cancelled(*live, now);
    return State::cancelled;
  }
  effects_.cancelled_runs.push_back({.number = job.number(), .attempt = live->attempt});
  return State::running;
}

void JobTable::promote(Time now) {
  settle_rest(now);
  end_waits(now);
  turns_.release(now);
  std::vector<std::pair<std::int64_t, Move>> due;
  {
    auto row = scheduled_(now);
    while (row.step()) {
      due.emplace_back(row.integer(0), Move{.queue = row.integer(1),
                                            .key = row.text(2),
                                            .from = Place::scheduled,
                                            .to = Place::ready});
    }
  }
  for (auto& [number, move] : due) {
    make_due_(number).run();
    turns_.move(std::move(move));
  }
}

void JobTable::lose(const Live& job, const char* code, const char* message, Time now) {
  const Failure failure = {.code = code, .message = message};
  if (end_if_over(job, now, &failure)) return;
  if (runs_again(job.attempt, job.returned, job.max_attempts, true)) {
    // At once: what was lost is the worker, and nothing speaks against the job.
    const std::string stored = encode(failure);
    put_back(job, EventType::retry, failure_data(failure), now, now, job.returned, &stored);
  } else {
    end(job, State::failed, now, {}, &failure);
  }
}

void JobTable::expire_deadlines(Time now) {
  if (now < earliest_deadline_) return;
  const Failure failure = deadline_exceeded();
  for (const Live& found : collect(overdue_(now))) {
    // Looked at again: the end of one may have ended another that waited for it.
    const auto job = find(found.id);
    if (job && job->state == State::pending) end(*job, State::failed, now, {}, &failure);
  }
  auto row = next_deadline_();
  earliest_deadline_ = row.step() ? row.time(0) : Time::max();
}

void JobTable::expire_leases(Time now) {
  // Each is looked at again: the end of one may have ended another, its child.
  for (const Live& found : collect(ended_leases_(now))) {
    if (const auto job = current(found.id, found.attempt)) {
      lose(*job, "lease_expired", "The worker went silent and its lease ended.", now);
    }
  }
}

void JobTable::recover(Time now) {
  for (const Live& found : collect(orphans_())) {
    if (const auto job = current(found.id, found.attempt)) {
      lose(*job, "worker_lost", "The process that ran this attempt ended before the attempt did.", now);
    }
  }
}

std::optional<Time> JobTable::next_timer() {
  Time next = earliest_deadline_;
  for (const auto& at : {keys_.next_timer(), turns_.next_release(), picker_.rates().next_timer()}) {
    if (at) next = std::min(next, *at);
  }
  auto row = next_timer_();
  row.step();
  next = std::min({next, waits_until_, settle_at_});
  for (const int column : {0, 1}) next = std::min(next, row.time_or_none(column).value_or(Time::max()));
  return next == Time::max() ? std::nullopt : std::optional<Time>(next);
}

}  // namespace jobs::store
