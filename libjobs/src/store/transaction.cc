#include "store/transaction.h"

#include <sqlite3.h>

#include <stdexcept>

#include "core/backoff.h"
#include "core/endpoint_health.h"
#include "core/utf8.h"
#include "core/webhook_target.h"
#include "store/errors.h"
#include "store/job_row.h"
#include "store/value_piece.h"

namespace jobs::store {
namespace {

constexpr std::size_t statements_kept = 256;
constexpr std::size_t name_bytes_max = 255;
constexpr int claims_max = 1000;
constexpr std::size_t tags_max = 16;
constexpr std::size_t trace_bytes_max = 512;

// What list() asks of a job, and in which order it answers.
const std::string filtered =
    "jobs.number < ?1 AND (?2 IS NULL OR jobs.state = ?2) AND (?3 IS NULL OR queues.name = ?3) "
    "AND (?4 IS NULL OR jobs.kind = ?4) ";
const std::string newest_first = "ORDER BY jobs.number DESC LIMIT ?5";

void bind_all(SQLite::Statement& statement, std::span<const SqlValue> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const int index = static_cast<int>(i) + 1;
    const SqlValue& value = values[i];
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      statement.bind(index, *number);
    } else if (const auto* real = std::get_if<double>(&value)) {
      statement.bind(index, *real);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      statement.bindNoCopy(index, *text);
    } else if (const auto* blob = std::get_if<Blob>(&value)) {
      statement.bindNoCopy(index, blob->bytes.data(), static_cast<int>(blob->bytes.size()));
    } else if (const auto* id = std::get_if<Uuid>(&value)) {
      statement.bindNoCopy(index, id->bytes().data(), static_cast<int>(id->bytes().size()));
    } else {
      statement.bind(index);
    }
  }
}

class StatementRow : public Row {
 public:
  explicit StatementRow(const SQLite::Statement& statement) : statement_(statement) {}
  bool null(int column) const override { return statement_.getColumn(column).isNull(); }
  std::int64_t integer(int column) const override { return statement_.getColumn(column).getInt64(); }
  double real(int column) const override { return statement_.getColumn(column).getDouble(); }
  std::string text(int column) const override { return statement_.getColumn(column).getString(); }
  std::string blob(int column) const override { return statement_.getColumn(column).getString(); }

 private:
  const SQLite::Statement& statement_;
};

// Resets a kept statement whatever happens.
struct Reset {
  SQLite::Statement& statement;
  ~Reset() { statement.tryReset(); }
};

}  // namespace

SQLite::Statement& StatementCache::find(std::string_view sql) {
  if (const auto known = statements_.find(sql); known != statements_.end()) return known->second;
  if (statements_.size() >= statements_kept) statements_.clear();
  const std::string text(sql);
  return statements_.emplace(text, SQLite::Statement(database_, text)).first->second;
}

ConnectionReader::ConnectionReader(SQLite::Database& database)
    : database_(database),
      statements_(database),
      events_(database),
      steps_(database),
      failures_(database),
      find_(database, select_job + "WHERE jobs.number = ?1 AND jobs.id = ?2"),
      list_(database, select_job + "WHERE " + filtered + newest_first),
      list_tagged_(database, select_job + "WHERE jobs.number IN (SELECT number FROM job_tags WHERE tag = ?6) AND " +
                                 filtered + newest_first),
      output_(database,
              "SELECT coalesce(results.output, '') FROM jobs LEFT JOIN results ON results.number = jobs.number "
              "WHERE jobs.number = ?1 AND jobs.id = ?2 AND jobs.state = 2"),
      has_output_(database,
                  "SELECT results.number IS NOT NULL FROM jobs LEFT JOIN results ON results.number = jobs.number "
                  "WHERE jobs.number = ?1 AND jobs.id = ?2 AND jobs.state = 2") {}

void ConnectionReader::query(std::string_view sql, std::span<const SqlValue> values,
                             const std::function<void(const Row&)>& each) {
  SQLite::Statement& statement = statements_.find(sql);
  const Reset reset{statement};
  bind_all(statement, values);
  const StatementRow row(statement);
  while (statement.executeStep()) each(row);
}

std::optional<Job> ConnectionReader::find(const JobId& job) {
  auto row = find_(job.number(), job);
  return row.step() ? std::optional<Job>(read_job(row)) : std::nullopt;
}

std::vector<Job> ConnectionReader::list(const JobFilter& filter) {
  if (filter.limit < 1 || filter.limit > 1000) throw std::invalid_argument("limit: 1 to 1000");
  const std::int64_t before = filter.before ? filter.before->number() : std::numeric_limits<std::int64_t>::max();
  const std::optional<int> state = filter.state ? std::optional<int>(static_cast<int>(*filter.state)) : std::nullopt;
  std::vector<Job> jobs;
  auto row = filter.tag ? list_tagged_(before, state, filter.queue, filter.kind, filter.limit, *filter.tag)
                        : list_(before, state, filter.queue, filter.kind, filter.limit);
  while (row.step()) jobs.push_back(read_job(row));
  return jobs;
}

std::optional<std::string> ConnectionReader::output(const JobId& job) {
  auto row = output_(job.number(), job);
  return row.step() ? std::optional<std::string>(row.text(0)) : std::nullopt;
}

std::optional<std::string> ConnectionReader::output_piece(const JobId& job, std::size_t offset, std::size_t size) {
  auto row = has_output_(job.number(), job);
  if (!row.step()) return std::nullopt;
  if (!row.flag(0)) return std::string();
  return value_piece(database_, "results", "output", job.number(), offset, size);
}

std::vector<Delivery> ConnectionReader::deliveries(const JobId& job) {
  std::vector<Delivery> found;
  const auto time = [](const Row& row, int column) { return Time(std::chrono::milliseconds(row.integer(column))); };
  query("SELECT deliveries.id, event_id, webhooks.url, deliveries.state, next_at, retry_at, disabled_at FROM deliveries "
        "JOIN jobs ON jobs.number = deliveries.job JOIN webhooks ON webhooks.number = deliveries.job "
        "LEFT JOIN endpoints ON endpoints.host = deliveries.host AND deliveries.state = 0 AND endpoints.failures >= ?3 "
        "WHERE deliveries.job = ?1 AND jobs.id = ?2 ORDER BY deliveries.id",
        std::initializer_list<SqlValue>{
            job.number(), Blob{std::string(reinterpret_cast<const char*>(job.bytes().data()), job.bytes().size())},
            failures_tolerated},
        [&](const Row& row) {
          Delivery& one = found.emplace_back();
          one.id = row.integer(0);
          one.job = job;
          one.event_id = row.text(1);
          one.url = row.text(2);
          one.state = static_cast<DeliveryState>(row.integer(3));
          one.next_at = time(row, 4);
          if (!row.null(5)) one.held_until = time(row, 5);
          if (!row.null(6)) one.disabled_at = time(row, 6);
        });
  for (Delivery& delivery : found) {
    query("SELECT at, took, status, error, body FROM delivery_attempts WHERE delivery = ?1 ORDER BY number",
          std::initializer_list<SqlValue>{delivery.id}, [&](const Row& row) {
            delivery.attempts.push_back({.at = Time(std::chrono::milliseconds(row.integer(0))),
                                         .took = std::chrono::milliseconds(row.integer(1)),
                                         .status = static_cast<int>(row.integer(2)),
                                         .error = row.text(3),
                                         .body = row.text(4)});
          });
  }
  return found;
}

std::int64_t WriteTransaction::execute(std::string_view sql, std::span<const SqlValue> values) {
  SQLite::Statement& statement = parts_.reader.statements().find(sql);
  const Reset reset{statement};
  bind_all(statement, values);
  const int changed = statement.exec();
  if (sqlite3_get_autocommit(parts_.database.getHandle()) != 0) {
    throw std::logic_error("a statement of transact() must not end the transaction");
  }
  return changed;
}

Submitted WriteTransaction::submit(const JobSpec& job) {
  validate(job, parts_.options);
  return parts_.jobs.insert(job, now_);
}

bool WriteTransaction::send_again(const JobId& job, std::int64_t delivery) {
  const bool found = parts_.deliveries.send_again(job, delivery, now_);
  parts_.effects.outbox |= found;
  return found;
}

std::vector<Job> WriteTransaction::claim(const ClaimOptions& options, int limit) {
  if (limit < 1 || limit > claims_max) throw std::invalid_argument("limit: 1 to 1000");
  return claim_by_hand(parts_.jobs, parts_.queues, parts_.effects, parts_.options, options, limit, now_);
}

Finish WriteTransaction::fail(const RunId& run, const Failure& failure, const RetryPolicy& policy) {
  const auto job = find(run.job);
  if (!job) return Finish::lease_lost;
  Failure reported = failure;
  std::string problem;
  const RetryPolicy decided = settled(policy, job->attempt - job->attempts_returned, reported, problem);
  return parts_.jobs.fail(run.job, run.attempt, reported, decided, now_);
}

void WriteTransaction::schedule(const Schedule& schedule) {
  validate(schedule, parts_.options);
  parts_.schedules.store(schedule, now_);
}

std::vector<Job> claim_by_hand(JobTable& jobs, QueueTable& queues, Effects& effects, const Options& engine,
                               const ClaimOptions& options, int limit, Time now) {
  const Time lease_until = now + (options.lease > std::chrono::milliseconds(0) ? options.lease : engine.lease);
  jobs.promote(now);
  jobs.expire_leases(now);
  // Asking makes no queue.
  const auto queue = queues.find(options.queue);
  if (!queue) return {};
  std::vector<Job> claimed = jobs.claim(*queue, limit, now, lease_until, options.outside);
  if (!claimed.empty()) effects.wake_timers_by(lease_until);
  return claimed;
}

Finish WriteTransaction::suspend(const RunId& run, const Suspension& wait) {
  validate(wait);
  return parts_.jobs.suspend(run.job, run.attempt, wait, now_);
}

std::optional<JobId> WriteTransaction::submit(const RunId& run, std::string_view name, const JobSpec& child) {
  validate_name(name);
  validate(child, parts_.options);
  return parts_.jobs.submit_child(run.job, run.attempt, name, child, now_);
}

Signalled WriteTransaction::signal(const JobId& job, std::string_view name, std::string_view payload) {
  validate_signal(name, payload);
  return parts_.jobs.signal(job, name, payload, now_);
}

void validate_name(std::string_view name) {
  if (name.empty() || name.size() > name_bytes_max) throw std::invalid_argument("name: 1 to 255 bytes");
}

void validate(const Suspension& wait) {
  std::visit(
      [](const auto& what) {
        using What = std::decay_t<decltype(what)>;
        if constexpr (!std::is_same_v<What, WaitForChildren>) validate_name(what.name);
        if constexpr (std::is_same_v<What, StepFailed>) {
          if (what.retry.wait) throw std::invalid_argument("retry: its function is not asked here; give the wait as `base`");
        }
        if constexpr (std::is_same_v<What, WaitForSignal>) {
          if (what.timeout && *what.timeout > span_max) throw std::invalid_argument("timeout: at most 100 years of 365 days");
        }
      },
      wait);
}

void validate_signal(std::string_view name, std::string_view payload) {
  validate_name(name);
  if (payload.size() > signal_bytes_max) {
    throw std::invalid_argument("payload: at most " + std::to_string(signal_bytes_max) + " bytes");
  }
}

void validate(const JobSpec& job, const Options& options) {
  const auto name = [](const std::string& value, const char* field) {
    if (value.empty()) throw std::invalid_argument(std::string(field) + ": required");
    if (value.size() > name_bytes_max) throw std::invalid_argument(std::string(field) + ": at most 255 bytes");
  };
  name(job.kind, "kind");
  name(job.queue, "queue");
  if (job.key.size() > name_bytes_max) throw std::invalid_argument("key: at most 255 bytes");
  if (utf8_prefix(job.key, job.key.size()) != job.key) throw std::invalid_argument("key: not UTF-8");
  if (job.payload.size() > options.payload_bytes_max) {
    throw std::invalid_argument("payload: at most " + std::to_string(options.payload_bytes_max) + " bytes");
  }
  if (job.metadata.size() > 64 * 1024) throw std::invalid_argument("metadata: at most 65536 bytes");
  if (job.tags.size() > tags_max) throw std::invalid_argument("tags: at most 16");
  for (const std::string& tag : job.tags) {
    name(tag, "tags");
    if (utf8_prefix(tag, tag.size()) != tag) throw std::invalid_argument("tags: not UTF-8");
  }
  if (job.trace.size() > trace_bytes_max) throw std::invalid_argument("trace: at most 512 bytes");
  const auto span = [](std::chrono::milliseconds value, const char* field) {
    if (value == bounded_span(value)) return;
    throw std::invalid_argument(std::string(field) + ": from nothing to 100 years of 365 days");
  };
  span(job.delay, "delay");
  span(job.deadline, "deadline");
  span(job.unique_for, "unique_for");
  span(job.time_limit, "time_limit");
  if (job.delay > std::chrono::milliseconds(0) && job.run_at) {
    throw std::invalid_argument("delay: not together with run_at");
  }
  if (job.deadline > job.deadline.zero() && job.delay >= job.deadline) {
    throw std::invalid_argument("deadline: longer than the delay");
  }
  if (job.after.size() > open_jobs_max) {
    throw std::invalid_argument("after: at most " + std::to_string(open_jobs_max) + " jobs");
  }
  if (job.unique_key.size() > name_bytes_max) throw std::invalid_argument("unique_key: at most 255 bytes");
  if (job.unique_for > job.unique_for.zero() && job.unique_key.empty()) {
    throw std::invalid_argument("unique_for: needs a unique_key");
  }
  if (job.max_attempts < 1) throw std::invalid_argument("max_attempts: at least 1");
  if (!job.webhook) return;
  check_webhook_target(*job.webhook);
  if (!job.webhook->secret.empty() && !options.secret_key) {
    throw std::invalid_argument("webhook.secret: needs Options::secret_key");
  }
}

}  // namespace jobs::store
