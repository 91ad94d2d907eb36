#include "model/engine_model.h"

#include <algorithm>

using jobs::EventType;
using jobs::Finish;
using jobs::JobId;
using jobs::State;
using jobs::Time;

std::optional<JobId> EngineModel::holder(const jobs::JobSpec& spec) const {
  if (spec.unique_key.empty()) return std::nullopt;
  for (const auto& [number, job] : jobs_) {
    if (!is_terminal(job.state) && job.spec.unique_key == spec.unique_key) return ids_.at(number);
  }
  return std::nullopt;
}

void EngineModel::submitted(JobId id, const jobs::JobSpec& spec, Time at) {
  const Time run_at = spec.run_at.value_or(at + spec.delay);
  ids_[id.number()] = id;
  ModelJob& job = jobs_[id.number()];
  job = {.spec = spec, .due = run_at <= at, .run_at = run_at, .number = id.number()};
  if (spec.after.empty()) return;
  job.due = false;
  job.waits = true;
  bool broken = false;
  for (const JobId& other : spec.after) {
    const State state = jobs_.at(other.number()).state;
    if (!is_terminal(state)) job.open.insert(other.number());
    if (is_terminal(state) && state != State::complete) broken = true;
  }
  if (broken && spec.after_failure == jobs::AfterFailure::fail) {
    job.failure = "dependency_failed";
    end(job, State::failed);
  } else if (job.open.empty()) {
    wake(job, run_at);
  }
}

std::optional<JobId> EngineModel::next(const std::string& queue) const {
  std::optional<std::int64_t> best;
  for (const auto& [number, job] : jobs_) {
    if (job.state != State::pending || !job.due || job.spec.queue != queue) continue;
    if (!best || job.spec.priority > jobs_.at(*best).spec.priority) best = number;
  }
  return best ? std::optional<JobId>(ids_.at(*best)) : std::nullopt;
}

void EngineModel::claimed(JobId id, Time lease_until, bool outside) {
  ModelJob& job = jobs_.at(id.number());
  job.state = State::running;
  ++job.attempt;
  job.outside = outside;
  job.lease_until = lease_until;
  job.events.push_back(EventType::started);
}

bool EngineModel::is_current(JobId id, int attempt) const {
  const ModelJob& job = jobs_.at(id.number());
  return job.state == State::running && job.attempt == attempt;
}

void EngineModel::end(ModelJob& job, State state) {
  job.state = state;
  job.waits = false;
  job.awaits.clear();
  job.wake_at.reset();
  // What earlier attempts met with is no part of how it ended.
  if (state != State::failed) job.failure.clear();
  job.events.push_back(state == State::complete ? EventType::completed
                       : state == State::failed ? EventType::failed
                                                : EventType::cancelled);
  ended_.push_back(job.number);
  if (!settling_) settle();
}

void EngineModel::settle() {
  settling_ = true;
  for (; !ended_.empty(); ended_.pop_front()) {
    const ModelJob& ended = jobs_.at(ended_.front());
    for (auto& [number, job] : jobs_) {
      if (job.open.erase(ended.number) > 0) tell(job, ended);
    }
    if (ended.state != State::cancelled) continue;
    for (const std::int64_t child : ended.children) {
      if (ended.open.contains(child)) cancel(ids_.at(child));
    }
  }
  settling_ = false;
}

void EngineModel::tell(ModelJob& job, const ModelJob& ended) {
  if (!job.waits || !job.awaits.empty()) return;
  if (!job.children.contains(ended.number) && job.attempt == 0 && ended.state != State::complete &&
      job.spec.after_failure == jobs::AfterFailure::fail) {
    job.failure = "dependency_failed";
    end(job, State::failed);
  } else if (job.open.empty()) {
    wake(job, job.run_at);
  }
}

void EngineModel::wake(ModelJob& job, Time run_at) {
  job.waits = false;
  job.awaits.clear();
  job.wake_at.reset();
  job.due = run_at <= now;
  job.run_at = std::max(run_at, now);
}

Finish EngineModel::complete(JobId id, int attempt, const std::string& summary) {
  if (!is_current(id, attempt)) return Finish::lease_lost;
  ModelJob& job = jobs_.at(id.number());
  if (job.cancel_requested) {
    end(job, State::cancelled);
    return Finish::cancelled;
  }
  job.summary = summary;
  end(job, State::complete);
  return Finish::ok;
}

Finish EngineModel::fail(JobId id, int attempt, const jobs::Failure& failure) {
  if (!is_current(id, attempt)) return Finish::lease_lost;
  ModelJob& job = jobs_.at(id.number());
  if (job.cancel_requested) {
    end(job, State::cancelled);
    return Finish::cancelled;
  }
  job.failure = failure.code;
  if (failure.retry && job.attempt - job.returned < job.spec.max_attempts) {
    job.state = State::pending;
    job.events.push_back(EventType::retry);
  } else {
    end(job, State::failed);
  }
  return Finish::ok;
}

void EngineModel::retries_at(JobId id, Time run_at, Time at) {
  ModelJob& job = jobs_.at(id.number());
  job.run_at = run_at;
  job.due = run_at <= at;
}

Finish EngineModel::release(JobId id, int attempt, Time run_at, Time at) {
  if (!is_current(id, attempt)) return Finish::lease_lost;
  ModelJob& job = jobs_.at(id.number());
  if (job.cancel_requested) {
    end(job, State::cancelled);
    return Finish::cancelled;
  }
  ++job.returned;
  job.state = State::pending;
  job.events.push_back(EventType::returned);
  retries_at(id, run_at, at);
  return Finish::ok;
}

Finish EngineModel::renew(JobId id, int attempt, Time lease_until) {
  if (!is_current(id, attempt)) return Finish::lease_lost;
  ModelJob& job = jobs_.at(id.number());
  job.lease_until = lease_until;
  return job.cancel_requested ? Finish::cancelled : Finish::ok;
}

Finish EngineModel::progress(JobId id, int attempt) {
  if (!is_current(id, attempt)) return Finish::lease_lost;
  ModelJob& job = jobs_.at(id.number());
  job.events.push_back(EventType::progress);
  return job.cancel_requested ? Finish::cancelled : Finish::ok;
}

Finish EngineModel::store_step(JobId id, int attempt, const std::string& name, const std::string& result) {
  if (!is_current(id, attempt)) return Finish::lease_lost;
  ModelJob& job = jobs_.at(id.number());
  if (job.steps.emplace(name, result).second) job.events.push_back(EventType::step);
  return job.cancel_requested ? Finish::cancelled : Finish::ok;
}

std::optional<State> EngineModel::cancel(JobId id) {
  const auto found = jobs_.find(id.number());
  if (found == jobs_.end()) return std::nullopt;
  ModelJob& job = found->second;
  if (is_terminal(job.state) || job.cancel_requested) return job.state;
  job.cancel_requested = true;
  if (job.state == State::pending) end(job, State::cancelled);
  return job.state;
}

void EngineModel::lose(ModelJob& job, const char* code, Time at) {
  if (job.cancel_requested) return end(job, State::cancelled);
  job.failure = code;
  if (job.attempt - job.returned >= job.spec.max_attempts) return end(job, State::failed);
  job.state = State::pending;
  job.due = true;
  job.run_at = at;
  job.events.push_back(EventType::retry);
}

Finish EngineModel::suspend(JobId id, int attempt, const jobs::Suspension& wait) {
  // What a run that is suspended for nothing that could last does.
  const Finish outcome = release(id, attempt, now, now);
  if (outcome != Finish::ok) return outcome;
  ModelJob& job = jobs_.at(id.number());
  if (const auto* const sleep = std::get_if<jobs::WaitUntil>(&wait)) {
    const auto moment = std::to_string(sleep->until.time_since_epoch().count());
    const std::string& first = job.steps.emplace(sleep->name, moment).first->second;
    retries_at(id, Time(std::chrono::milliseconds(std::stoll(first))), now);
  } else if (const auto* const signal = std::get_if<jobs::WaitForSignal>(&wait)) {
    if (signal->timeout == std::chrono::milliseconds(0)) job.signals.emplace(signal->name, std::nullopt);
    if (job.signals.contains(signal->name)) return outcome;
    job.waits = true;
    job.due = false;
    job.awaits = signal->name;
    if (signal->timeout) job.wake_at = now + *signal->timeout;
  } else if (const auto* const step = std::get_if<jobs::StepFailed>(&wait)) {
    auto& [counted, failures] = job.step_failures[step->name];
    // The run that just ended does not count.
    const int counts = job.attempt - (job.returned - 1);
    failures = counted == counts ? failures + 1 : 1;
    counted = counts;
    job.failure = step->failure.code;
  } else {
    job.waits = !job.open.empty();
    job.due = !job.waits;
  }
  return outcome;
}

int EngineModel::step_failures(JobId id, const std::string& name) const {
  const ModelJob& job = at(id);
  const auto found = job.step_failures.find(name);
  if (found == job.step_failures.end()) return 0;
  return found->second.first == job.attempt - job.returned ? found->second.second : 0;
}

jobs::Signalled EngineModel::signal(JobId id, const std::string& name, const std::string& payload) {
  const auto found = jobs_.find(id.number());
  if (found == jobs_.end()) return jobs::Signalled::no_such_job;
  ModelJob& job = found->second;
  if (is_terminal(job.state)) return jobs::Signalled::over;
  if (const auto given = job.signals.find(name); given != job.signals.end()) {
    return given->second ? jobs::Signalled::already_given : jobs::Signalled::too_late;
  }
  job.signals[name] = payload;
  job.events.push_back(EventType::step);
  if (job.waits && job.awaits == name) wake(job, now);
  return jobs::Signalled::stored;
}

std::optional<JobId> EngineModel::child(JobId parent, const std::string& name) const {
  const ModelJob& job = at(parent);
  const auto found = job.steps.find(name);
  return found == job.steps.end() ? std::nullopt : JobId::parse(found->second);
}

void EngineModel::child_submitted(JobId parent, const std::string& name, JobId child, bool made) {
  ModelJob& job = jobs_.at(parent.number());
  job.steps[name] = child.to_string();
  job.events.push_back(EventType::step);
  if (!made) return;
  job.children.insert(child.number());
  if (!is_terminal(at(child).state)) job.open.insert(child.number());
}

jobs::RetryNow EngineModel::retry_now(JobId id) {
  ModelJob& job = jobs_.at(id.number());
  if (job.state == State::complete) return jobs::RetryNow::complete;
  if (job.state == State::running) return jobs::RetryNow::unchanged;
  if (job.state == State::pending) {
    if (job.due || job.waits) return jobs::RetryNow::unchanged;
    job.due = true;
    job.run_at = now;
    return jobs::RetryNow::due;
  }
  if (holder(job.spec)) return jobs::RetryNow::key_held;
  job.state = State::pending;
  job.due = true;
  job.run_at = now;
  job.awaits.clear();
  job.wake_at.reset();
  job.cancel_requested = false;
  job.spec.max_attempts = std::max(job.spec.max_attempts, job.attempt - job.returned + 1);
  job.events.push_back(EventType::retry);
  for (auto& [number, other] : jobs_) {
    if (other.children.contains(job.number)) other.open.insert(job.number);
  }
  return jobs::RetryNow::revived;
}

void EngineModel::timers(Time at) {
  for (auto& [number, job] : jobs_) {
    if (job.state != State::pending) continue;
    if (job.waits && job.wake_at && *job.wake_at <= at) {
      job.signals.emplace(job.awaits, std::nullopt);
      wake(job, at);
    }
    if (!job.waits && job.run_at <= at) job.due = true;
  }
  // In the order in which they ran out, since the end of one may be that of another.
  std::multimap<Time, std::pair<std::int64_t, int>> ended;
  for (const auto& [number, job] : jobs_) {
    if (job.state == State::running && job.lease_until <= at) ended.emplace(job.lease_until, std::pair(number, job.attempt));
  }
  for (const auto& [until, run] : ended) {
    if (is_current(ids_.at(run.first), run.second)) lose(jobs_.at(run.first), "lease_expired", at);
  }
}

void EngineModel::crash(Time at) {
  for (auto& [number, job] : jobs_) {
    if (job.state == State::running && !job.outside) lose(job, "worker_lost", at);
  }
}
