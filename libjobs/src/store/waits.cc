// A run that ends because its job waits, and what ends the wait: a moment, or a signal. Other jobs: settle.cc.
#include <charconv>

#include "core/backoff.h"
#include "core/failure.h"
#include "store/encode.h"
#include "store/jobs.h"

namespace jobs::store {

Finish JobTable::suspend(const JobId& job, int attempt, const Suspension& wait, Time now) {
  const auto live = current(job, attempt);
  if (!live) return Finish::lease_lost;
  if (const auto over = end_if_over(*live, now)) return *over;
  std::visit([&](const auto& what) { suspend_for(*live, what, now); }, wait);
  return Finish::ok;
}

void JobTable::suspend_for(const Live& job, const WaitUntil& what, Time now) {
  const std::int64_t number = job.id.number();
  Time until = what.until;
  if (!steps_.insert(number, what.name, job.attempt, now, std::to_string(until.time_since_epoch().count()))) {
    until = stored_moment(*flow_.step(number, what.name));
  }
  put_back(job, EventType::returned, wait_data("time", what.name), until, now, job.returned + 1, nullptr);
}

void JobTable::suspend_for(const Live& job, const WaitForSignal& what, Time now) {
  const std::int64_t number = job.id.number();
  std::optional<Time> until;
  if (what.timeout) until = now + bounded_span(*what.timeout);
  const bool there = flow_.find_signal(number, what.name).has_value();
  const bool over = until && *until <= now;
  if (over && !there) flow_.insert_signal(number, what.name, now, std::nullopt);
  const Hold hold = {.awaits = what.name, .until = until};
  put_back(job, EventType::returned, wait_data("signal", what.name), now, now, job.returned + 1, nullptr,
           there || over ? nullptr : &hold);
}

void JobTable::suspend_for(const Live& job, const WaitForChildren&, Time now) {
  const Hold hold;
  put_back(job, EventType::returned, wait_data("jobs", {}), now, now, job.returned + 1, nullptr,
           job.open_jobs > 0 ? &hold : nullptr);
}

void JobTable::suspend_for(const Live& job, const StepFailed& what, Time now) {
  const std::string failure = encode(bounded(what.failure));
  const int failures =
      flow_.add_step_failure(job.id.number(), what.name, job.attempt - job.returned, 0, now, failure);
  const Time again = now + bounded_span(backoff(what.retry, failures, random_()));
  put_back(job, EventType::returned, wait_data("step", what.name), again, now, job.returned + 1, &failure);
}

Finish JobTable::spend_step(const JobId& job, int attempt, std::string_view name, const Failure& failure, Time now) {
  const auto live = current(job, attempt);
  if (!live) return Finish::lease_lost;
  flow_.add_step_failure(job.number(), name, live->attempt - live->returned, failure.retry ? 1 : 2, now,
                         encode(bounded(failure)));
  return live->cancel_requested ? Finish::cancelled : Finish::ok;
}

Signalled JobTable::signal(const JobId& job, std::string_view name, std::string_view payload, Time now) {
  const auto live = find(job);
  if (!live) return Signalled::no_such_job;
  if (is_terminal(live->state)) return Signalled::over;
  const std::int64_t number = job.number();
  if (const auto stored = flow_.find_signal(number, name)) {
    return stored->timed_out ? Signalled::too_late : Signalled::already_given;
  }
  if (flow_.count_signals(number) >= signals_max) return Signalled::too_many;
  flow_.insert_signal(number, name, now, payload);
  step_(number, now, events_.append(job, live->last_event, EventType::step, now, live->attempt, signal_data(name))).run();
  if (flow_.awaits(number, name)) wake(number, live->queue, live->key, now, now);
  return Signalled::stored;
}

void JobTable::end_waits(Time now) {
  if (now < waits_until_) return;
  for (const FlowTable::Waiter& one : flow_.ended_waits(now)) {
    flow_.insert_signal(one.number, one.awaits, now, std::nullopt);
    wake(one.number, one.queue, one.key, now, now);
  }
  waits_until_ = flow_.next_wake().value_or(Time::max());
}

Time stored_moment(std::string_view text) {
  std::int64_t moment = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), moment);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw std::invalid_argument("sleep: the name stands for a step already");
  }
  return Time(std::chrono::milliseconds(moment));
}

}  // namespace jobs::store
