#include "model/engine_model.h"

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

void EngineModel::submitted(JobId id, const jobs::JobSpec& spec, Time now) {
  const Time run_at = spec.run_at.value_or(now + spec.delay);
  jobs_[id.number()] = {.spec = spec, .due = run_at <= now, .run_at = run_at};
  ids_[id.number()] = id;
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
  // What earlier attempts met with is no part of how it ended.
  if (state != State::failed) job.failure.clear();
  job.events.push_back(state == State::complete ? EventType::completed
                       : state == State::failed ? EventType::failed
                                                : EventType::cancelled);
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

void EngineModel::retries_at(JobId id, Time run_at, Time now) {
  ModelJob& job = jobs_.at(id.number());
  job.run_at = run_at;
  job.due = run_at <= now;
}

Finish EngineModel::release(JobId id, int attempt, Time run_at, Time now) {
  if (!is_current(id, attempt)) return Finish::lease_lost;
  ModelJob& job = jobs_.at(id.number());
  if (job.cancel_requested) {
    end(job, State::cancelled);
    return Finish::cancelled;
  }
  ++job.returned;
  job.state = State::pending;
  job.events.push_back(EventType::returned);
  retries_at(id, run_at, now);
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

void EngineModel::lose(ModelJob& job, const char* code, Time now) {
  if (job.cancel_requested) return end(job, State::cancelled);
  job.failure = code;
  if (job.attempt - job.returned >= job.spec.max_attempts) return end(job, State::failed);
  job.state = State::pending;
  job.due = true;
  job.run_at = now;
  job.events.push_back(EventType::retry);
}

void EngineModel::timers(Time now) {
  for (auto& [number, job] : jobs_) {
    if (job.state == State::pending && job.run_at <= now) job.due = true;
    if (job.state == State::running && job.lease_until <= now) lose(job, "lease_expired", now);
  }
}

void EngineModel::crash(Time now) {
  for (auto& [number, job] : jobs_) {
    if (job.state == State::running && !job.outside) lose(job, "worker_lost", now);
  }
}
