// model/engine_model.h - what the engine should do, in as few words as can say it: maps in memory and no disk.
//
// Each member takes what the engine's member takes and says what that must answer. What the engine may choose freely (ids,
// the moment of a retry) is told to the model afterwards.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "jobs/engine.h"

struct ModelJob {
  jobs::JobSpec spec = {};
  jobs::State state = jobs::State::pending;
  bool due = true;
  jobs::Time run_at = {};
  int attempt = 0;
  int returned = 0;
  bool outside = false;
  jobs::Time lease_until = {};
  bool cancel_requested = false;
  std::string failure = {};
  std::string summary = {};
  std::map<std::string, std::string> steps = {};
  std::vector<jobs::EventType> events = {jobs::EventType::created};

  std::int64_t number = 0;
  // PENDING, and waits for the signal `awaits` until `wake_at`; or without a name, for those in `open`.
  bool waits = false;
  std::string awaits = {};
  std::optional<jobs::Time> wake_at = {};
  // The jobs that it comes after or submitted, and that are not terminal.
  std::set<std::int64_t> open = {};
  std::set<std::int64_t> children = {};
  // Without a payload: it did not come in time.
  std::map<std::string, std::optional<std::string>> signals = {};
  // By step: the attempt that counts, and its failures in it.
  std::map<std::string, std::pair<int, int>> step_failures = {};
};

class EngineModel {
 public:
  // The moment of the calls that follow.
  jobs::Time now = {};

  // The live job that holds the spec's unique key, if one does.
  std::optional<jobs::JobId> holder(const jobs::JobSpec& spec) const;
  void submitted(jobs::JobId id, const jobs::JobSpec& spec, jobs::Time at);

  // The job that a claim must take.
  std::optional<jobs::JobId> next(const std::string& queue) const;
  void claimed(jobs::JobId id, jobs::Time lease_until, bool outside);

  jobs::Finish complete(jobs::JobId id, int attempt, const std::string& summary);
  // PENDING afterwards: tell the model when it runs again, with retries_at().
  jobs::Finish fail(jobs::JobId id, int attempt, const jobs::Failure& failure);
  void retries_at(jobs::JobId id, jobs::Time run_at, jobs::Time at);
  jobs::Finish release(jobs::JobId id, int attempt, jobs::Time run_at, jobs::Time at);
  jobs::Finish renew(jobs::JobId id, int attempt, jobs::Time lease_until);
  jobs::Finish progress(jobs::JobId id, int attempt);
  jobs::Finish store_step(jobs::JobId id, int attempt, const std::string& name, const std::string& result);
  std::optional<jobs::State> cancel(jobs::JobId id);
  jobs::RetryNow retry_now(jobs::JobId id);

  // A failed step has no backoff here.
  jobs::Finish suspend(jobs::JobId id, int attempt, const jobs::Suspension& wait);
  int step_failures(jobs::JobId id, const std::string& name) const;
  jobs::Signalled signal(jobs::JobId id, const std::string& name, const std::string& payload);
  // The child that the run has under this name already, if it has.
  std::optional<jobs::JobId> child(jobs::JobId parent, const std::string& name) const;
  // `made`: it is new, and not another job with its unique key.
  void child_submitted(jobs::JobId parent, const std::string& name, jobs::JobId child, bool made);

  void timers(jobs::Time at);
  // The process is gone, and another opened the file.
  void crash(jobs::Time at);

  const std::map<std::int64_t, ModelJob>& all() const { return jobs_; }
  const ModelJob& at(jobs::JobId id) const { return jobs_.at(id.number()); }
  bool is_current(jobs::JobId id, int attempt) const;

 private:
  void end(ModelJob& job, jobs::State state);
  // What an end means for others, and theirs for yet others, one after the other.
  void settle();
  void tell(ModelJob& job, const ModelJob& ended);
  void wake(ModelJob& job, jobs::Time run_at);
  void lose(ModelJob& job, const char* code, jobs::Time at);

  // By number: the order of submission.
  std::map<std::int64_t, ModelJob> jobs_;
  std::map<std::int64_t, jobs::JobId> ids_;
  std::deque<std::int64_t> ended_;
  bool settling_ = false;
};
