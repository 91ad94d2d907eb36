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
#include "store/steps.h"

namespace jobs::store {

// Statements of the embedder's, kept prepared by their text.
class StatementCache {
 public:
  explicit StatementCache(SQLite::Database& database) : database_(database) {}
  SQLite::Statement& find(std::string_view sql);

 private:
  SQLite::Database& database_;
  std::unordered_map<std::string, SQLite::Statement> statements_;
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
  std::optional<RetryNow> retry_now(const JobId& job) override { return parts_.jobs.retry_now(job, now_); }
  Time now() const override { return now_; }
  std::uint64_t random() override { return parts_.random(); }

 private:
  const Parts parts_;
  const Time now_;
};

// Throws std::invalid_argument for a job that no engine with these options can take.
void validate(const JobSpec& job, const Options& options);

}  // namespace jobs::store
