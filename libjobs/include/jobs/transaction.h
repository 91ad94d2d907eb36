// jobs/transaction.h - the embedder's own rows, read and written together with the engine's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "jobs/claim.h"
#include "jobs/flow.h"
#include "jobs/job.h"
#include "jobs/retry.h"
#include "jobs/schedule.h"
#include "jobs/uuid.h"
#include "jobs/webhook.h"

namespace jobs {

struct Blob {
  std::string bytes = {};
};
// A value to bind. Strings and blobs are copied; a Uuid is a blob of its 16 bytes.
using SqlValue = std::variant<std::nullptr_t, std::int64_t, double, std::string, Blob, Uuid>;

// One row of a query, valid inside the callback only. Columns count from 0.
class Row {
 public:
  virtual ~Row() = default;
  virtual bool null(int column) const = 0;
  virtual std::int64_t integer(int column) const = 0;
  virtual double real(int column) const = 0;
  virtual std::string text(int column) const = 0;
  virtual std::string blob(int column) const = 0;
};

// Reads on one consistent snapshot. Not thread-safe; valid inside the callback it was given to.
class Reader {
 public:
  virtual ~Reader() = default;

  // Runs one SELECT with ?1, ?2, … bound from `values`. Statements are kept prepared: pass constant text.
  virtual void query(std::string_view sql, std::span<const SqlValue> values,
                     const std::function<void(const Row&)>& each) = 0;
  void query(std::string_view sql, std::initializer_list<SqlValue> values, const std::function<void(const Row&)>& each) {
    query(sql, std::span<const SqlValue>(values.begin(), values.size()), each);
  }

  virtual std::optional<Job> find(const JobId& job) = 0;
  virtual std::vector<Job> list(const JobFilter& filter) = 0;
  virtual std::optional<std::string> output(const JobId& job) = 0;
  // The bytes of it from `offset` on, at most `size`, without holding the rest in memory. Empty text: it ends before.
  virtual std::optional<std::string> output_piece(const JobId& job, std::size_t offset, std::size_t size) = 0;
  // As Engine::failures().
  virtual std::vector<AttemptFailure> failures(const JobId& job) = 0;
  virtual std::vector<Event> events(const JobId& job, std::int64_t after, int limit) = 0;
  virtual std::vector<Event> events(std::int64_t after, int limit) = 0;
  virtual std::vector<Delivery> deliveries(const JobId& job) = 0;
  // The stored result of a step, if it has one.
  virtual std::optional<std::string> step(const JobId& job, std::string_view name) = 0;
};

// A write transaction. What it reads includes what it wrote. Not thread-safe; valid inside the callback only.
class Transaction : public Reader {
 public:
  // Runs one statement that writes the embedder's own tables. Returns the number of rows changed.
  virtual std::int64_t execute(std::string_view sql, std::span<const SqlValue> values) = 0;
  std::int64_t execute(std::string_view sql, std::initializer_list<SqlValue> values) {
    return execute(sql, std::span<const SqlValue>(values.begin(), values.size()));
  }

  virtual Submitted submit(const JobSpec& job) = 0;
  // As Engine::cancel().
  virtual std::optional<State> cancel(const JobId& job, std::string_view by) = 0;
  // As Engine::retry_now().
  virtual std::optional<RetryNow> retry_now(const JobId& job) = 0;
  // As Engine::send_again().
  virtual bool send_again(const JobId& job, std::int64_t delivery) = 0;
  // As Engine::signal().
  virtual Signalled signal(const JobId& job, std::string_view name, std::string_view payload) = 0;

  // ---- Runs that are driven by hand ----
  // As the members of Claim, together with the rows that the run leaves: a worker that stores its result and completes its
  // job in one transaction does both once, or neither.

  // Up to `limit` (1 to 1000) due jobs of a queue, each a run of its own: RunId{job.id, job.attempt}.
  virtual std::vector<Job> claim(const ClaimOptions& options, int limit) = 0;
  virtual Finish complete(const RunId& run, const Result& result) = 0;
  virtual Finish fail(const RunId& run, const Failure& failure, const RetryPolicy& policy) = 0;
  virtual Finish release(const RunId& run, std::chrono::milliseconds delay) = 0;
  virtual Finish renew(const RunId& run, std::chrono::milliseconds lease) = 0;
  virtual Finish progress(const RunId& run, int iteration, std::string_view message) = 0;
  virtual Finish store_step(const RunId& run, std::string_view name, std::string_view result) = 0;
  virtual Finish suspend(const RunId& run, const Suspension& wait) = 0;
  virtual std::optional<JobId> submit(const RunId& run, std::string_view name, const JobSpec& child) = 0;

  // ---- Queues and schedules: as the members of Engine ----

  virtual void pause_queue(const std::string& queue) = 0;
  virtual void resume_queue(const std::string& queue) = 0;
  virtual void schedule(const Schedule& schedule) = 0;
  virtual bool remove_schedule(std::string_view name) = 0;
  virtual bool pause_schedule(std::string_view name) = 0;
  virtual bool resume_schedule(std::string_view name) = 0;
  virtual Time now() const = 0;
  // 64 random bits from the engine's source.
  virtual std::uint64_t random() = 0;
};

}  // namespace jobs
