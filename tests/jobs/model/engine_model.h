// model/engine_model.h - what the engine should do, in as few words as can say it: maps in memory and no disk.
//
// Each member takes what the engine's member takes and says what that must answer. What the engine may choose freely (ids,
// the moment of a retry) is told to the model afterwards.
#pragma once

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
};

class EngineModel {
 public:
  // The live job that holds the spec's unique key, if one does.
  std::optional<jobs::JobId> holder(const jobs::JobSpec& spec) const;
  void submitted(jobs::JobId id, const jobs::JobSpec& spec, jobs::Time now);

  // The job that a claim must take.
  std::optional<jobs::JobId> next(const std::string& queue) const;
  void claimed(jobs::JobId id, jobs::Time lease_until, bool outside);

  jobs::Finish complete(jobs::JobId id, int attempt, const std::string& summary);
  // PENDING afterwards: tell the model when it runs again, with retries_at().
  jobs::Finish fail(jobs::JobId id, int attempt, const jobs::Failure& failure);
  void retries_at(jobs::JobId id, jobs::Time run_at, jobs::Time now);
  jobs::Finish release(jobs::JobId id, int attempt, jobs::Time run_at, jobs::Time now);
  jobs::Finish renew(jobs::JobId id, int attempt, jobs::Time lease_until);
  jobs::Finish progress(jobs::JobId id, int attempt);
  jobs::Finish store_step(jobs::JobId id, int attempt, const std::string& name, const std::string& result);
  std::optional<jobs::State> cancel(jobs::JobId id);

  void timers(jobs::Time now);
  // The process is gone, and another opened the file.
  void crash(jobs::Time now);

  const std::map<std::int64_t, ModelJob>& all() const { return jobs_; }
  const ModelJob& at(jobs::JobId id) const { return jobs_.at(id.number()); }

 private:
  bool is_current(jobs::JobId id, int attempt) const;
  void end(ModelJob& job, jobs::State state);
  void lose(ModelJob& job, const char* code, jobs::Time now);

  // By number: the order of submission.
  std::map<std::int64_t, ModelJob> jobs_;
  std::map<std::int64_t, jobs::JobId> ids_;
};
