// store/transaction.h - what an embedder reads and writes with, on one connection.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <string>
#include <unordered_map>

#include "jobs/transaction.h"
#include "store/deliveries.h"
#include "store/effects.h"
#include "store/events.h"
#include "store/failures.h"
#include "store/jobs.h"
#include "store/queues.h"
#include "store/schedules.h"
#include "store/steps.h"

namespace jobs::store {

// Statements of the embedder's, kept prepared by their text.
class StatementCache {
 public:
  explicit StatementCache(SQLite::Database& database) : database_(database) {}
  SQLite::Statement& find(std::string_view sql);

 private:
  SQLite::Database& database_;
  // So that looking one up makes no copy of its text.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, SQLite::Statement, Hash, std::equal_to<>> statements_;
};

// Reads through one connection. Not thread-safe.
class ConnectionReader {
 public:
  explicit ConnectionReader(SQLite::Database& database);

  void query(std::string_view sql, std::span<const SqlValue> values, const std::function<void(const Row&)>& each);
  std::optional<Job> find(const JobId& job);
  std::vector<Job> list(const JobFilter& filter);
  std::optional<std::string> output(const JobId& job);
  std::optional<std::string> output_piece(const JobId& job, std::size_t offset, std::size_t size);
  std::vector<Event> events(const JobId& job, std::int64_t after, int limit) { return events_.of_job(job, after, limit); }
  std::vector<Event> events(std::int64_t after, int limit) { return events_.of_all(after, limit); }
  std::vector<Delivery> deliveries(const JobId& job);
  std::vector<AttemptFailure> failures(const JobId& job) { return failures_.of_job(job); }
  std::optional<std::string> step(const JobId& job, std::string_view name) { return steps_.find(job.number(), name); }

  StatementCache& statements() { return statements_; }

 private:
  SQLite::Database& database_;
  StatementCache statements_;
  EventReader events_;
  StepReader steps_;
  FailureReader failures_;
  Statement find_;
  Statement list_;
  Statement list_tagged_;
  Statement output_;
  Statement has_output_;
};

// The Transaction of the writer's connection.
class WriteTransaction : public Transaction {
 public:
  // What it works with, all of the writer's connection.
  struct Parts {
    SQLite::Database& database;
    ConnectionReader& reader;
    JobTable& jobs;
    QueueTable& queues;
    ScheduleTable& schedules;
    DeliveryTable& deliveries;
    Effects& effects;
    const Options& options;
    std::function<std::uint64_t()>& random;
  };

  WriteTransaction(const Parts& parts, Time now) : parts_(parts), now_(now) {}

  void query(std::string_view sql, std::span<const SqlValue> values,
             const std::function<void(const Row&)>& each) override {
    parts_.reader.query(sql, values, each);
  }
  std::optional<Job> find(const JobId& job) override { return parts_.reader.find(job); }
  std::vector<Job> list(const JobFilter& filter) override { return parts_.reader.list(filter); }
  std::optional<std::string> output(const JobId& job) override { return parts_.reader.output(job); }
  std::optional<std::string> output_piece(const JobId& job, std::size_t offset, std::size_t size) override {
    return parts_.reader.output_piece(job, offset, size);
  }
  std::vector<Event> events(const JobId& job, std::int64_t after, int limit) override {
    return parts_.reader.events(job, after, limit);
  }
  std::vector<Event> events(std::int64_t after, int limit) override { return parts_.reader.events(after, limit); }
  std::vector<Delivery> deliveries(const JobId& job) override { return parts_.reader.deliveries(job); }
  std::vector<AttemptFailure> failures(const JobId& job) override { return parts_.reader.failures(job); }
  std::int64_t execute(std::string_view sql, std::span<const SqlValue> values) override;
  Submitted submit(const JobSpec& job) override;
  std::optional<State> cancel(const JobId& job, std::string_view by) override { return parts_.jobs.cancel(job, by, now_); }
  bool send_again(const JobId& job, std::int64_t delivery) override;
  Signalled signal(const JobId& job, std::string_view name, std::string_view payload) override;
  std::optional<RetryNow> retry_now(const JobId& job) override { return parts_.jobs.retry_now(job, now_); }
  std::optional<std::string> step(const JobId& job, std::string_view name) override {
    return parts_.reader.step(job, name);
  }

  std::vector<Job> claim(const ClaimOptions& options, int limit) override;
  Finish complete(const RunId& run, const Result& result) override {
    return parts_.jobs.complete(run.job, run.attempt, result, now_);
  }
  Finish fail(const RunId& run, const Failure& failure, const RetryPolicy& policy) override;
  Finish release(const RunId& run, std::chrono::milliseconds delay) override {
    return parts_.jobs.release(run.job, run.attempt, delay, now_);
  }
  Finish renew(const RunId& run, std::chrono::milliseconds lease) override {
    return parts_.jobs.renew(run.job, run.attempt, now_ + lease, now_);
  }
  Finish progress(const RunId& run, int iteration, std::string_view message) override {
    return parts_.jobs.progress(run.job, run.attempt, iteration, message, now_);
  }
  Finish store_step(const RunId& run, std::string_view name, std::string_view result) override {
    return parts_.jobs.store_step(run.job, run.attempt, name, result, now_);
  }
  Finish suspend(const RunId& run, const Suspension& wait) override;
  std::optional<JobId> submit(const RunId& run, std::string_view name, const JobSpec& child) override;

  void pause_queue(const std::string& queue) override { parts_.queues.pause(queue); }
  void resume_queue(const std::string& queue) override { parts_.effects.ready_queues.insert(parts_.queues.resume(queue)); }
  void schedule(const Schedule& schedule) override;
  bool remove_schedule(std::string_view name) override { return parts_.schedules.remove(name); }
  bool pause_schedule(std::string_view name) override { return parts_.schedules.pause(name); }
  bool resume_schedule(std::string_view name) override { return parts_.schedules.resume(name, now_); }

  Time now() const override { return now_; }
  std::uint64_t random() override { return parts_.random(); }

 private:
  const Parts parts_;
  const Time now_;
};

// For a worker that asks for itself: what the timers would do first, then the claim.
std::vector<Job> claim_by_hand(JobTable& jobs, QueueTable& queues, Effects& effects, const Options& engine,
                               const ClaimOptions& options, int limit, Time now);

// Throws std::invalid_argument for a job that no engine with these options can take.
void validate(const JobSpec& job, const Options& options);
// The same for the name of a step, a sleep, a child or a signal.
void validate_name(std::string_view name);
void validate(const Suspension& wait);
void validate_signal(std::string_view name, std::string_view payload);

}  // namespace jobs::store
