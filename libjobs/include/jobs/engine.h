// jobs/engine.h - the durable job engine: one SQLite file and the jobs inside it.
//
//   jobs::Engine engine({.path = "app.db"});
//   engine.handle("resize", [](jobs::Context& job) { resize(job.payload()); return jobs::Result{"ok"}; });
//   engine.start();
//   const jobs::JobId id = engine.submit({.kind = "resize", .payload = R"({"photo":7})"});
//
// How an outcome is told apart, everywhere in this API:
//   nothing there       an empty std::optional. Expected, not an error.
//   yours to branch on  a [[nodiscard]] enum or struct: a lost lease, a conflict.
//   could not do it     jobs::Error is thrown; the store is unchanged. Its code says what to do next.
//   caller's mistake    std::invalid_argument is thrown, before any I/O.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/claim.h"
#include "jobs/clock.h"
#include "jobs/error.h"
#include "jobs/flow.h"
#include "jobs/handler.h"
#include "jobs/job.h"
#include "jobs/observer.h"
#include "jobs/queue.h"
#include "jobs/schedule.h"
#include "jobs/secret_key.h"
#include "jobs/transaction.h"
#include "jobs/upkeep.h"
#include "jobs/webhook.h"

namespace jobs {

// What a returned id, and every other answer of the engine, survives.
enum class Durability {
  // Power loss: each commit is followed by fsync.
  fsync,
  // A crash of this process, but after a power loss the last commits may be missing. The file is never left corrupt.
  process_crash,
};

// When the work of a transaction may throw.
enum class Throws {
  // At any point: what it did is rolled back, it alone. That is a savepoint, for which SQLite copies each page that the work
  // changes: a third of what a small transaction costs.
  any_time,
  // Only before its first change: it looks, decides, then writes. If it throws later all the same, or a statement of its fails, all
  // that was to be committed together is rolled back, and whoever waits for that commit gets an Error, io. Not for work that
  // changes the schema, of which a throw after the change goes unnoticed.
  before_writing,
};

// A step of the embedder's own schema. Numbers rise from 1; each runs once, in a transaction.
struct Migration {
  int number = 0;
  std::string_view name = {};
  std::string_view sql = {};
};

enum class LogLevel { debug, info, warning, error };
// `job` is nil when the line is about no job in particular. Called from any thread; must not call the engine.
using LogCallback = std::function<void(LogLevel level, const JobId& job, std::string_view message)>;

struct Options {
  // ---- What it does ----

  // The database file. Created, with its schema, if missing. One engine owns a file at a time.
  std::filesystem::path path = {};
  // The queues that have workers, by name. A job in any other queue waits until it is claimed by hand.
  std::map<std::string, QueueOptions> queues = {{"default", {}}};
  // The embedder's own tables in the same file, written in transact(). Applied once each, in order.
  std::vector<Migration> migrations = {};
  // Encrypts webhook secrets at rest (AES-256-GCM). Without it a job with a webhook secret is refused.
  std::optional<SecretKey> secret_key = {};
  // Keys from before, which still decrypt. What they encrypted is encrypted again with secret_key, in the background after
  // start(); the log says when that is done and they may go.
  std::vector<SecretKey> old_secret_keys = {};
  // How long a finished job is kept, with its result, events and deliveries, unless QueueOptions::retention says otherwise.
  // Zero: for ever.
  std::chrono::milliseconds retention = std::chrono::milliseconds(0);
  // Sends webhooks. Must outlive the engine. Null: they stay in the outbox.
  Transport* transport = nullptr;
  LogCallback log = {};
  // Told what happens, for metrics and tracing. Must outlive the engine. Null: nobody is, and nothing is spent on it.
  Observer* observer = nullptr;

  // ---- How fast, how safe ----

  Durability durability = Durability::fsync;
  // How long a run may be silent before its job is given to another. Handlers need not care: the engine renews it.
  std::chrono::milliseconds lease = std::chrono::seconds(30);
  // The most writes that one commit carries.
  int group_max = 1024;
  // Asynchronous writes that may wait for their commit; one more is refused with Errc::overloaded.
  std::size_t writes_waiting_max = 65'536;
  // The write-ahead log is moved into the database file when it has grown this far.
  std::size_t checkpoint_bytes = 16 * 1024 * 1024;
  std::size_t payload_bytes_max = 16 * 1024 * 1024;
  std::size_t output_bytes_max = 256 * 1024 * 1024;

  // ---- The outside, for tests ----

  Clock* clock = nullptr;
  // Any 64 random bits. Called from one thread at a time. Empty: OpenSSL's generator.
  std::function<std::uint64_t()> random = {};
};

// What cancel() found. `state` is RUNNING while a run is still winding down.
struct Cancelled {
  State state = State::cancelled;
};

// Stops the calls it was made for when it goes. After its destructor returns, the callback is not running and will not.
class [[nodiscard]] Subscription {
 public:
  Subscription() = default;
  explicit Subscription(std::shared_ptr<void> hold) : hold_(std::move(hold)) {}

 private:
  std::shared_ptr<void> hold_;
};

// Thread safety: every member may be called from any thread. Writes queue for one thread at a time and are committed in
// groups; reads run beside them on a consistent snapshot. Callbacks of the asynchronous calls run on the thread that
// committed (or read): they must be short, must not throw, and must not call a blocking member.
class Engine {
 public:
  // Opens or creates the file, takes ownership of it, applies migrations, and returns the jobs of a crashed process to
  // their queues. Runs nothing yet.
  // Throws Error: in_use, wrong_file, disk_full, io, corrupt. std::invalid_argument: options that make no sense.
  explicit Engine(Options options);
  // Stops as stop() does, without a grace period.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // ---- Running ----

  // Names the handler of a kind. Before start(). A claimed job whose kind has no handler fails its attempt with "no_handler".
  void handle(std::string kind, Handler handler, HandlerOptions options = {});
  // Starts workers, timers and the courier.
  void start();
  // Takes no new jobs, waits up to `grace` for the running handlers, then raises their stop tokens, waits for them, and
  // hands their jobs back without burning an attempt. Calls that write keep working. Idempotent.
  void stop(std::chrono::milliseconds grace = std::chrono::milliseconds(0));
  // Does what the timers would do now (due jobs, schedules, ended leases, a bite of retention), and returns when they want
  // to be called again. For tests and for embedders with a loop of their own; start() makes it needless.
  std::optional<Time> run_timers();

  // ---- Submitting and cancelling ----

  // Durable when it returns. A thread that finds nobody writing does the commit itself.
  Submitted submit(const JobSpec& job);
  // All or none, in one commit.
  std::vector<Submitted> submit_all(std::span<const JobSpec> jobs);
  // `done` gets the outcome after the commit; the exception is null on success.
  void submit_async(JobSpec job, std::function<void(std::exception_ptr, Submitted)> done);

  // Submits jobs, and a callback that comes after all of them however they end: it sees their outcomes in
  // Context::dependencies(). One commit, so the callback cannot be lost, and it becomes due in the commit that ends the last
  // of them. At most open_jobs_max jobs; without any it is due at once. A job whose unique_key another one holds is
  // represented by that one. The callback has no unique_key, and its after_failure is `run`.
  Batch submit_batch(std::span<const JobSpec> jobs, JobSpec callback);

  // Runs `work` inside a write transaction, with the engine's own changes and the embedder's in one commit. When `work`
  // throws, everything it did is rolled back and the exception comes out here.
  void transact(const std::function<void(Transaction&)>& work, Throws throws = Throws::any_time);
  void transact_async(std::function<void(Transaction&)> work, std::function<void(std::exception_ptr)> done,
                      Throws throws = Throws::any_time);

  // PENDING: cancelled at once. RUNNING: its stop token is raised and it ends CANCELLED whatever its handler then returns.
  // Terminal: nothing happens. Empty: no such job.
  std::optional<Cancelled> cancel(const JobId& job, std::string_view by = {});

  // Another attempt at once. A job that waits for its moment or its retry is due now. A FAILED or CANCELLED one gets another
  // life under the same id: it is PENDING, keeps its steps, and has at least one more attempt; a deadline that has passed
  // counts no longer, and what waited for the job has been told already. An event "retry" tells of it, and its next end has
  // an event and a webhook of its own. Empty: no such job.
  std::optional<RetryNow> retry_now(const JobId& job);

  // Gives a job a signal, once a name, whether it waits for it yet or not: Context::wait_for_signal(). `name` is 1 to 255
  // bytes, `payload` at most signal_bytes_max.
  Signalled signal(const JobId& job, std::string_view name, std::string_view payload = {});
  void signal_async(const JobId& job, std::string name, std::string payload,
                    std::function<void(std::exception_ptr, Signalled)> done);

  // Makes a delivery due now, whatever became of it before: one more attempt, or the rest of its schedule. False: the job
  // has no such delivery.
  bool send_again(const JobId& job, std::int64_t delivery);
  // The same for all deliveries that were queued at `since` or later and match, also those that were delivered: for a
  // receiver that has lost what it took. Returns how many. Done in small writes; when one fails, call it again.
  std::int64_t send_again_since(Time since, const DeliveryFilter& filter = {});
  // The receivers that failed when they were last tried, by host.
  std::vector<Endpoint> endpoints() const;
  // Takes a receiver for good again, and sends what waits for it. False: it is not among endpoints().
  bool enable_endpoint(const std::string& host);
  // Encrypts again, with Options::secret_key, every stored secret that an older key was used for, in small writes. The engine
  // does so by itself after start(); this waits for it, and says whether the old keys may go.
  SecretRotation rotate_secrets();

  // ---- Queues ----

  // No job of the queue starts until it is resumed, not even after a restart. What runs goes on, and submitting too. Any
  // name will do, also one without workers or jobs.
  void pause_queue(const std::string& queue);
  void resume_queue(const std::string& queue);
  // Every queue that ever had a job, workers or a pause, by name. Counted from what is durable.
  std::vector<QueueStatistics> statistics() const;
  // Empty: no such queue.
  std::optional<QueueStatistics> statistics(const std::string& queue) const;

  // ---- Schedules ----

  // Stores a schedule, or changes the one of that name. Call it at each start: what is unchanged keeps its next moment, and
  // a paused one stays paused. Its timers run once start() was called.
  void schedule(const Schedule& schedule);
  // These three say false when there is no such schedule. The jobs that it made stay.
  bool remove_schedule(std::string_view name);
  bool pause_schedule(std::string_view name);
  // Goes on with the first moment after now.
  bool resume_schedule(std::string_view name);
  std::optional<ScheduleStatus> find_schedule(std::string_view name) const;
  // By name.
  std::vector<ScheduleStatus> schedules() const;

  // ---- Reading ----

  std::optional<Job> find(const JobId& job) const;
  // For keeping what was read of a job: what was read after this call is true for as long as it answers the same. It may
  // answer otherwise although nothing has changed, and says nothing to another Engine. From memory, at once.
  std::uint64_t changes(const JobId& job) const;
  // Newest first.
  std::vector<Job> list(const JobFilter& filter = {}) const;
  // The Result::output of a COMPLETE job.
  std::optional<std::string> output(const JobId& job) const;
  // Why each of its attempts failed, oldest first, the newest 101 of them. The last one of a FAILED job is why that failed.
  std::vector<AttemptFailure> failures(const JobId& job) const;
  // Events of one job in order, after `after`.
  std::vector<Event> events(const JobId& job, std::int64_t after = 0, int limit = 1000) const;
  // Events of all jobs in order, after `after`.
  std::vector<Event> events(std::int64_t after, int limit = 1000) const;
  std::vector<Delivery> deliveries(const JobId& job) const;
  // Runs `work` on one consistent snapshot. Keep it short: the log cannot be truncated meanwhile.
  void read(const std::function<void(Reader&)>& work) const;
  // The same on a reader thread of the engine; several may share a snapshot. `done` must not throw.
  void read_async(std::function<void(Reader&)> work, std::function<void(std::exception_ptr)> done) const;

  // Calls `callback` with the names of queues in which jobs may have become ready, after the commit (or at the moment) that
  // made them so: for workers that claim by hand and wait meanwhile. A hint: another may have taken them. As with
  // subscribe(), the callback must not start nor end a subscription.
  Subscription on_ready(std::function<void(std::span<const std::string> queues)> callback);
  // Calls `callback` with the events of each commit, in order, after they are durable. It must not subscribe, nor end a
  // subscription.
  Subscription subscribe(std::function<void(std::span<const Event>)> callback);

  // ---- Running jobs by hand ----

  // The next due job of a queue, as one fenced run: of the key whose turn it is. Empty: nothing is due, or a pause, a limit
  // or an order keeps what is.
  std::optional<Claim> claim(const ClaimOptions& options = {});

  // ---- Looking after the file ----

  // Copies the file, as it is at this moment, into a new one that an engine can open, while everything else goes on. The
  // new file is on disk and whole when this returns; else nothing is left of it. Meanwhile the log of the writes grows.
  // Jobs that run now are RUNNING in the copy: the engine that opens it takes them back, as after a crash.
  // Throws Error: exists, disk_full, io, corrupt; and what `progress` throws.
  void backup(const std::filesystem::path& to, const BackupCallback& progress = {}) const;
  // What is wrong with the file, one line each; empty: nothing was found. SQLite's own check, then the engine's rules. Reads
  // on a snapshot of its own while everything else goes on; a large file takes its time. At most a hundred problems are told.
  std::vector<std::string> check_integrity(CheckDepth depth = CheckDepth::full) const;

  // ---- Health ----

  // False after a commit failed: writes are refused, and the process should be restarted.
  bool writable() const;

 private:
  friend class Claim;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jobs
