#include "jobs/engine.h"

#include <limits>
#include <stdexcept>

#include "core/backoff.h"
#include "core/queue_options.h"
#include "core/random.h"
#include "run/courier.h"
#include "run/feed.h"
#include "run/janitor.h"
#include "run/key_rotation.h"
#include "run/read_pool.h"
#include "run/statistics.h"
#include "run/store_outbox.h"
#include "run/timers.h"
#include "run/workers.h"
#include "store/backup.h"
#include "store/changes.h"
#include "store/database.h"
#include "store/deliveries.h"
#include "store/errors.h"
#include "store/integrity.h"
#include "store/live_counts.h"
#include "store/notices.h"
#include "store/owner_lock.h"
#include "store/queues.h"
#include "store/readers.h"
#include "store/retention.h"
#include "store/schedules.h"
#include "store/transaction.h"
#include "store/turns.h"
#include "store/writer.h"

namespace jobs {
namespace {

store::Writer::Isolation isolation_for(Throws throws) {
  return throws == Throws::any_time ? store::Writer::Isolation::savepoint : store::Writer::Isolation::refuses_first;
}

Options checked(Options options) {
  if (options.path.empty()) throw std::invalid_argument("Options::path: required");
  if (options.lease < std::chrono::seconds(1)) throw std::invalid_argument("Options::lease: at least one second");
  if (options.retention < std::chrono::milliseconds(0)) throw std::invalid_argument("Options::retention: not negative");
  if (options.group_max < 1) throw std::invalid_argument("Options::group_max: at least 1");
  int number = 0;
  for (const Migration& migration : options.migrations) {
    if (migration.number != ++number) throw std::invalid_argument("Options::migrations: numbers rise from 1 by 1");
  }
  for (const auto& [name, queue] : options.queues) {
    check_queue(name, queue);
    for (const auto& kept : {queue.retention.complete, queue.retention.failed, queue.retention.cancelled}) {
      if (kept && *kept < std::chrono::milliseconds(0)) {
        throw std::invalid_argument("Options::queues: a retention is not negative");
      }
    }
  }
  if (!options.clock) options.clock = &system_clock();
  if (!options.random) options.random = random_source();
  return options;
}

constexpr int reader_threads = 2;
// Made due in one write.
constexpr int deliveries_at_once = 256;

}  // namespace

struct Engine::Impl {
  explicit Impl(Options given)
      : options(checked(std::move(given))),
        clock(*options.clock),
        keys(options.secret_key, options.old_secret_keys),
        lock(options.path),
        database(store::open_writer(options.path, options.durability, options.migrations, clock.now())),
        outbox(*database, effects, keys),
        deliveries(*database),
        secrets(*database),
        retention(*database),
        queues(*database),
        turns(effects),
        jobs(*database, effects, outbox, queues, turns, options.random),
        schedules(*database, effects, jobs, options, keys, clock.now()),
        own_reads(*database),
        changes(*database),
        readers(options.path),
        workers({options, clock, writer, jobs, queues, effects, readers, now}),
        janitor(writer, readers, retention, options),
        timers(clock, [this] { return run_timers(); }),
        writer(*database, hooks(), options.group_max, options.writes_waiting_max, options.checkpoint_bytes) {
    if (options.transport) {
      courier_outbox.emplace(options.path, keys, writer, deliveries);
      const auto tell = [this](std::string_view line) { log(LogLevel::error, {}, "courier: " + std::string(line)); };
      courier.emplace(*courier_outbox, *options.transport, clock, run::CourierOptions{.sign = keys.signer(), .log = tell});
    }
    jobs.keep_events(options.queues);
    if (options.observer) {
      notices.emplace(*database);
      jobs.observe(&*notices);
      deliveries.observe(&*notices);
    }
    if (keys.can_seal() && keys.has_old()) rotation.emplace(writer, readers, secrets, schedules, keys);
    writer.run([this] {
      for (const auto& [name, queue] : options.queues) turns.set_options(queues.number(name), queue);
      for (const store::LiveCount& live : store::count_live(*database)) {
        turns.load(live.queue, live.key, live.place, live.count);
        statistics.load(live.queue, live.place, live.count);
      }
      jobs.recover(now);
      deliveries.endpoints().tidy(now);
    });
  }

  store::Writer::Hooks hooks() {
    return {
        .begin =
            [this] {
              effects.clear();
              now = clock.now();
              if (notices) begin_notices();
            },
        .before_commit = [this] { workers.assign(); },
        .committed =
            [this] {
              changes.committed();
              // Before workers, so that a job's start is told before its handler runs.
              if (notices) tell_observer();
              statistics.count(effects.moves, now);
              effects.moves.clear();
              workers.committed();
              for (const store::StopRun& run : effects.cancelled_runs) workers.stop_run(run.number, run.attempt);
              if (effects.timers_by != Time::max()) timers.wake_by(effects.timers_by);
              feed.publish(effects.events);
              if (!effects.ready_queues.empty() && ready_feed.has_subscribers()) {
                ready_feed.publish(queues.names(effects.ready_queues));
              }
              if (courier) tell_courier();
            },
        .rolled_back =
            [this] {
              turns.undo(0);
              workers.rolled_back();
              forget();
              effects.clear();
              if (notices) notices->clear();
            },
        .save =
            [this] {
              saved = effects.mark();
              if (notices) saved_notices = notices->mark();
            },
        .restore =
            [this] {
              turns.undo(saved.moves);
              effects.restore(saved);
              if (notices) notices->restore(saved_notices);
              forget();
            },
    };
  }

  // What the tables have learned may be untrue now.
  void forget() {
    queues.forget();
    jobs.forget();
  }

  void begin_notices() {
    notices->clear();
    began = std::chrono::steady_clock::now();
  }

  void tell_observer() {
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
    notices->tell(*options.observer);
    options.observer->committed({.writes = writer.group_size(), .took = took});
  }

  void tell_courier() {
    if (effects.outbox) courier->wake();
    for (store::ProgressReport& report : effects.progress_reports) {
      courier->progress(report.job, std::move(report.progress));
    }
  }

  std::optional<Time> run_timers() {
    std::optional<Time> next;
    std::optional<Time> firing;
    try {
      writer.run([&] {
        // Renewal comes first, so that a process that was stopped for longer than a lease keeps what it still runs.
        workers.renew_leases();
        jobs.promote(now);
        jobs.expire_deadlines(now);
        jobs.expire_leases(now);
        jobs.expire_keys(now);
        jobs.expire_rates(now);
        next = jobs.next_timer();
        firing = schedules.next_timer();
        if (const auto check = workers.next_check()) next = next ? std::min(*next, *check) : *check;
      });
      if (firing && *firing <= clock.now()) firing = fire_schedules();
      if (firing) next = next ? std::min(*next, *firing) : *firing;
      workers.enforce_time_limits(clock.now());
      if (const auto later = janitor.run_once(clock.now())) next = next ? std::min(*next, *later) : *later;
      if (rotation && !rotate()) next = clock.now();
      return next;
    } catch (const Error& error) {
      log(LogLevel::error, {}, std::string("timers: ") + error.what());
      if (!writer.writable()) return std::nullopt;
      return clock.now() + std::chrono::seconds(1);
    }
  }

  // Takes one bite. True: there is no more to do.
  bool rotate() {
    if (rotation->bite()) return false;
    const SecretRotation done = rotation->done();
    rotation.reset();
    if (done.unreadable == 0) {
      log(LogLevel::info, {}, std::to_string(done.rotated) + " secrets of webhooks were encrypted again; the old keys may go");
    } else {
      log(LogLevel::error, {},
          std::to_string(done.unreadable) + " secrets of webhooks cannot be decrypted with any of the keys given: their "
          "deliveries fail until the key that they were stored with is among Options::old_secret_keys");
    }
    return true;
  }

  // Returns when the next one fires.
  std::optional<Time> fire_schedules() {
    std::optional<Time> next;
    std::vector<std::string> problems;
    // A firing may fail when it has written a part of itself.
    writer.run(
        [&] {
          problems = schedules.fire(now);
          next = schedules.next_timer();
        },
        store::Writer::Isolation::savepoint);
    for (const std::string& problem : problems) log(LogLevel::error, {}, problem);
    return next;
  }

  // A transaction of the embedder's, inside the turn.
  void transact(const std::function<void(Transaction&)>& work) {
    store::WriteTransaction transaction({.database = *database,
                                         .reader = own_reads,
                                         .jobs = jobs,
                                         .queues = queues,
                                         .schedules = schedules,
                                         .deliveries = deliveries,
                                         .effects = effects,
                                         .options = options,
                                         .random = options.random},
                                        now);
    work(transaction);
  }

  // An asynchronous submission: one allocation, however much it carries.
  struct Submission final : store::Writer::Command {
    Submission(Impl& the_impl, JobSpec the_job, std::function<void(std::exception_ptr, Submitted)> callback)
        : impl(the_impl), job(std::move(the_job)), finished(std::move(callback)) {}
    void write() override { submitted = impl.jobs.insert(job, impl.now); }
    void done(std::exception_ptr error) override { finished(std::move(error), submitted); }

    Impl& impl;
    JobSpec job;
    std::function<void(std::exception_ptr, Submitted)> finished;
    Submitted submitted = {};
  };

  std::vector<QueueStatistics> read_statistics(const std::optional<std::string>& name) {
    std::vector<store::StoredQueue> stored;
    readers.read([&](Reader& reader) { stored = store::read_queues(reader, name); });
    const Time at = clock.now();
    std::map<std::int64_t, QueueStatistics> counted = statistics.read(at);
    std::vector<QueueStatistics> found;
    for (store::StoredQueue& queue : stored) {
      QueueStatistics& one = found.emplace_back(std::move(counted[queue.number]));
      one.queue = std::move(queue.name);
      one.paused = queue.paused;
      if (queue.oldest_ready) one.oldest_ready = std::max(at - *queue.oldest_ready, std::chrono::milliseconds(0));
    }
    return found;
  }

  void log(LogLevel level, const JobId& job, std::string_view message) const {
    if (options.log) options.log(level, job, message);
  }

  Options options;
  Clock& clock;
  const KeyRing keys;
  store::OwnerLock lock;
  std::unique_ptr<SQLite::Database> database;

  // ---- Used inside the writer's turn ----
  store::Effects effects;
  store::Effects::Mark saved;
  // There when there is an observer.
  std::optional<store::Notices> notices;
  std::size_t saved_notices = 0;
  std::chrono::steady_clock::time_point began = {};
  Time now = {};
  store::OutboxTable outbox;
  store::DeliveryTable deliveries;
  store::SealedSecretTable secrets;
  store::RetentionTable retention;
  store::QueueTable queues;
  store::Turns turns;
  store::JobTable jobs;
  store::ScheduleTable schedules;
  store::ConnectionReader own_reads;

  // ---- Lock for themselves ----
  store::Changes changes;
  store::Readers readers;
  run::Feed<Event> feed;
  run::Feed<std::string> ready_feed;
  run::Statistics statistics;
  // Before the writer, whose last groups still reach them. All are idle by then: ~Engine stops them first.
  std::optional<run::StoreOutbox> courier_outbox;
  std::optional<run::Courier> courier;
  run::Workers workers;
  run::Janitor janitor;
  // Used by the timers only. Gone when all is done.
  std::optional<run::KeyRotation> rotation;
  run::Timers timers;
  store::Writer writer;
  run::ReadPool read_pool{readers, reader_threads};
};

Engine::Engine(Options options)
    : impl_(store::translated([&] { return std::make_unique<Impl>(std::move(options)); })) {}

Engine::~Engine() { stop(); }

void Engine::handle(std::string kind, Handler handler, HandlerOptions options) {
  if (kind.empty() || !handler) throw std::invalid_argument("handle: needs a kind and a handler");
  for (const std::chrono::milliseconds wait : {options.retry.base, options.retry.cap}) {
    if (wait != bounded_span(wait)) throw std::invalid_argument("handle: a retry waits from nothing to 100 years of 365 days");
  }
  impl_->workers.handle(std::move(kind), std::move(handler), std::move(options));
}

void Engine::start() {
  impl_->workers.start();
  impl_->timers.start();
  if (impl_->courier) impl_->courier->start();
}

void Engine::stop(std::chrono::milliseconds grace) {
  impl_->workers.stop(grace);
  impl_->timers.stop();
  if (impl_->courier) impl_->courier->stop();
}

std::optional<Time> Engine::run_timers() { return impl_->run_timers(); }

Submitted Engine::submit(const JobSpec& job) {
  store::validate(job, impl_->options);
  Submitted submitted;
  impl_->writer.run([&] { submitted = impl_->jobs.insert(job, impl_->now); });
  return submitted;
}

std::vector<Submitted> Engine::submit_all(std::span<const JobSpec> jobs) {
  for (const JobSpec& job : jobs) store::validate(job, impl_->options);
  std::vector<Submitted> submitted;
  impl_->writer.run([&] {
    submitted.clear();
    submitted.reserve(jobs.size());
    for (const JobSpec& job : jobs) impl_->jobs.check_after(job);
    for (const JobSpec& job : jobs) submitted.push_back(impl_->jobs.insert(job, impl_->now));
  });
  return submitted;
}

void Engine::submit_async(JobSpec job, std::function<void(std::exception_ptr, Submitted)> done) {
  store::validate(job, impl_->options);
  impl_->writer.post(std::make_unique<Impl::Submission>(*impl_, std::move(job), std::move(done)));
}

Batch Engine::submit_batch(std::span<const JobSpec> jobs, JobSpec callback) {
  if (jobs.size() + callback.after.size() > open_jobs_max) {
    throw std::invalid_argument("submit_batch: at most " + std::to_string(open_jobs_max) + " jobs");
  }
  if (!callback.unique_key.empty()) throw std::invalid_argument("submit_batch: the callback has no unique_key");
  callback.after_failure = AfterFailure::run;
  for (const JobSpec& job : jobs) store::validate(job, impl_->options);
  store::validate(callback, impl_->options);
  Batch batch;
  impl_->writer.run([&] {
    // Refused, if it is, before anything is written.
    for (const JobSpec& job : jobs) impl_->jobs.check_after(job);
    impl_->jobs.check_after(callback);
    for (const JobSpec& job : jobs) {
      batch.jobs.push_back(impl_->jobs.insert(job, impl_->now));
      const Submitted& one = batch.jobs.back();
      const JobId id = one.created() ? one.id : one.holder;
      // A key that is held for a period may outlive its job.
      if (one.created() || impl_->jobs.exists(id)) callback.after.push_back(id);
    }
    batch.callback = impl_->jobs.insert(callback, impl_->now).id;
  });
  return batch;
}

void Engine::transact(const std::function<void(Transaction&)>& work, Throws throws) {
  impl_->writer.run([&] { impl_->transact(work); }, isolation_for(throws));
}

void Engine::transact_async(std::function<void(Transaction&)> work, std::function<void(std::exception_ptr)> done,
                            Throws throws) {
  impl_->writer.post([impl = impl_.get(), work = std::move(work)] { impl->transact(work); }, std::move(done),
                     isolation_for(throws));
}

std::optional<Cancelled> Engine::cancel(const JobId& job, std::string_view by) {
  std::optional<State> state;
  impl_->writer.run([&] { state = impl_->jobs.cancel(job, by, impl_->now); });
  return state ? std::optional<Cancelled>(Cancelled{*state}) : std::nullopt;
}

std::optional<RetryNow> Engine::retry_now(const JobId& job) {
  std::optional<RetryNow> outcome;
  impl_->writer.run([&] { outcome = impl_->jobs.retry_now(job, impl_->now); });
  return outcome;
}

void Engine::pause_queue(const std::string& queue) {
  impl_->writer.run([&] { impl_->queues.pause(queue); });
}

void Engine::resume_queue(const std::string& queue) {
  impl_->writer.run([&] { impl_->effects.ready_queues.insert(impl_->queues.resume(queue)); });
}

std::vector<QueueStatistics> Engine::statistics() const { return impl_->read_statistics({}); }

std::optional<QueueStatistics> Engine::statistics(const std::string& queue) const {
  std::vector<QueueStatistics> found = impl_->read_statistics(queue);
  return found.empty() ? std::nullopt : std::optional<QueueStatistics>(std::move(found.front()));
}

Signalled Engine::signal(const JobId& job, std::string_view name, std::string_view payload) {
  store::validate_signal(name, payload);
  Signalled outcome = Signalled::stored;
  impl_->writer.run([&] { outcome = impl_->jobs.signal(job, name, payload, impl_->now); });
  return outcome;
}

void Engine::signal_async(const JobId& job, std::string name, std::string payload,
                          std::function<void(std::exception_ptr, Signalled)> done) {
  store::validate_signal(name, payload);
  auto outcome = std::make_shared<Signalled>(Signalled::stored);
  impl_->writer.post(
      [impl = impl_.get(), job, name = std::move(name), payload = std::move(payload), outcome] {
        *outcome = impl->jobs.signal(job, name, payload, impl->now);
      },
      [outcome, done = std::move(done)](std::exception_ptr error) { done(error, *outcome); });
}

void Engine::schedule(const Schedule& schedule) {
  store::validate(schedule, impl_->options);
  impl_->writer.run([&] { impl_->schedules.store(schedule, impl_->now); });
}

bool Engine::remove_schedule(std::string_view name) {
  bool found = false;
  impl_->writer.run([&] { found = impl_->schedules.remove(name); });
  return found;
}

bool Engine::pause_schedule(std::string_view name) {
  bool found = false;
  impl_->writer.run([&] { found = impl_->schedules.pause(name); });
  return found;
}

bool Engine::resume_schedule(std::string_view name) {
  bool found = false;
  impl_->writer.run([&] { found = impl_->schedules.resume(name, impl_->now); });
  return found;
}

std::optional<ScheduleStatus> Engine::find_schedule(std::string_view name) const {
  std::optional<ScheduleStatus> found;
  read([&](Reader& reader) {
    for (ScheduleStatus& status : store::read_schedules(reader, std::string(name))) found = std::move(status);
  });
  return found;
}

std::vector<ScheduleStatus> Engine::schedules() const {
  std::vector<ScheduleStatus> found;
  read([&](Reader& reader) { found = store::read_schedules(reader); });
  return found;
}

std::optional<Job> Engine::find(const JobId& job) const {
  std::optional<Job> found;
  read([&](Reader& reader) { found = reader.find(job); });
  return found;
}

std::vector<Job> Engine::list(const JobFilter& filter) const {
  std::vector<Job> found;
  read([&](Reader& reader) { found = reader.list(filter); });
  return found;
}

std::optional<std::string> Engine::output(const JobId& job) const {
  std::optional<std::string> found;
  read([&](Reader& reader) { found = reader.output(job); });
  return found;
}

std::vector<AttemptFailure> Engine::failures(const JobId& job) const {
  std::vector<AttemptFailure> found;
  read([&](Reader& reader) { found = reader.failures(job); });
  return found;
}

std::vector<Event> Engine::events(const JobId& job, std::int64_t after, int limit) const {
  std::vector<Event> found;
  read([&](Reader& reader) { found = reader.events(job, after, limit); });
  return found;
}

std::vector<Event> Engine::events(std::int64_t after, int limit) const {
  std::vector<Event> found;
  read([&](Reader& reader) { found = reader.events(after, limit); });
  return found;
}

bool Engine::send_again(const JobId& job, std::int64_t delivery) {
  bool found = false;
  transact([&](Transaction& tx) { found = tx.send_again(job, delivery); });
  return found;
}

std::int64_t Engine::send_again_since(Time since, const DeliveryFilter& filter) {
  // What is queued from now on is sent anyway, and would keep this from ending.
  const Time until = impl_->clock.now();
  std::int64_t count = 0;
  std::int64_t after = 0;
  for (;;) {
    std::vector<std::int64_t> found;
    read([&](Reader& reader) {
      found = store::read_deliveries(reader, since, until, filter, after, deliveries_at_once);
    });
    if (found.empty()) return count;
    std::int64_t made = 0;
    impl_->writer.run([&] {
      made = 0;
      for (const std::int64_t id : found) made += impl_->deliveries.send_again(id, impl_->now) ? 1 : 0;
      impl_->effects.outbox = true;
    });
    count += made;
    after = found.back();
  }
}

std::uint64_t Engine::changes(const JobId& job) const { return impl_->changes.of(job.number()); }

std::vector<Endpoint> Engine::endpoints() const {
  std::vector<Endpoint> found;
  read([&](Reader& reader) { found = store::read_endpoints(reader); });
  return found;
}

bool Engine::enable_endpoint(const std::string& host) {
  bool found = false;
  impl_->writer.run([&] {
    found = impl_->deliveries.endpoints().enable(host);
    impl_->effects.outbox |= found;
  });
  return found;
}

SecretRotation Engine::rotate_secrets() {
  if (!impl_->keys.can_seal()) throw std::invalid_argument("rotate_secrets: needs Options::secret_key");
  run::KeyRotation rotation(impl_->writer, impl_->readers, impl_->secrets, impl_->schedules, impl_->keys);
  while (rotation.bite()) {
  }
  return rotation.done();
}

std::vector<Delivery> Engine::deliveries(const JobId& job) const {
  std::vector<Delivery> found;
  read([&](Reader& reader) { found = reader.deliveries(job); });
  return found;
}

void Engine::read(const std::function<void(Reader&)>& work) const { impl_->readers.read(work); }

void Engine::read_async(std::function<void(Reader&)> work, std::function<void(std::exception_ptr)> done) const {
  impl_->read_pool.post({.work = std::move(work), .done = std::move(done)});
}

Subscription Engine::subscribe(std::function<void(std::span<const Event>)> callback) {
  return Subscription(impl_->feed.subscribe(std::move(callback)));
}

Subscription Engine::on_ready(std::function<void(std::span<const std::string>)> callback) {
  return Subscription(impl_->ready_feed.subscribe(std::move(callback)));
}

void Engine::backup(const std::filesystem::path& to, const BackupCallback& progress) const {
  if (to.empty() || !to.has_filename()) throw std::invalid_argument("backup: the name of a new file is required");
  store::back_up(impl_->options.path, to, progress);
}

std::vector<std::string> Engine::check_integrity(CheckDepth depth) const {
  return store::check_integrity(impl_->options.path, depth);
}

bool Engine::writable() const { return impl_->writer.writable(); }

// What a Claim needs of its engine.
class Claim::Port {
 public:
  explicit Port(Engine::Impl& impl) : impl_(impl) {}

  template <class Deed>
  Finish write(Deed&& deed) {
    Finish outcome = Finish::lease_lost;
    impl_.writer.run([&] { outcome = deed(impl_.jobs, impl_.now); });
    return outcome;
  }
  RetryPolicy settle(const Job& job, Failure& failure) const {
    return impl_.workers.settle(job.id, job.kind, job.attempt - job.attempts_returned, failure);
  }
  store::Readers& readers() const { return impl_.readers; }
  std::optional<JobId> submit(const Job& job, std::string_view name, const JobSpec& child) {
    store::validate_name(name);
    store::validate(child, impl_.options);
    std::optional<JobId> id;
    impl_.writer.run([&] { id = impl_.jobs.submit_child(job.id, job.attempt, name, child, impl_.now); });
    return id;
  }
  std::optional<std::string> step(const JobId& job, std::string_view name) const {
    return impl_.readers.step(job, name);
  }

 private:
  Engine::Impl& impl_;
};

std::optional<Claim> Engine::claim(const ClaimOptions& options) {
  std::vector<Job> jobs;
  impl_->writer.run([&] {
    jobs = store::claim_by_hand(impl_->jobs, impl_->queues, impl_->effects, impl_->options, options, 1, impl_->now);
  });
  if (jobs.empty()) return std::nullopt;
  return Claim(std::make_shared<Claim::Port>(*impl_), std::move(jobs.front()));
}

Finish Claim::complete(Result result) && {
  return port_->write([&](store::JobTable& jobs, Time now) { return jobs.complete(id(), attempt(), result, now); });
}

Finish Claim::fail(Failure failure) && {
  const RetryPolicy policy = port_->settle(job_, failure);
  return port_->write(
      [&](store::JobTable& jobs, Time now) { return jobs.fail(id(), attempt(), failure, policy, now); });
}

Finish Claim::release(std::chrono::milliseconds delay) && {
  return port_->write([&](store::JobTable& jobs, Time now) { return jobs.release(id(), attempt(), delay, now); });
}

Finish Claim::renew(std::chrono::milliseconds lease) {
  return port_->write([&](store::JobTable& jobs, Time now) { return jobs.renew(id(), attempt(), now + lease, now); });
}

Finish Claim::progress(int iteration, std::string_view message) {
  return port_->write(
      [&](store::JobTable& jobs, Time now) { return jobs.progress(id(), attempt(), iteration, message, now); });
}

std::optional<std::string> Claim::step(std::string_view name) const { return port_->step(id(), name); }

Finish Claim::suspend(const Suspension& wait) && {
  store::validate(wait);
  return port_->write([&](store::JobTable& jobs, Time now) { return jobs.suspend(id(), attempt(), wait, now); });
}

int Claim::step_failures(std::string_view name) const {
  const auto failures = port_->readers().flow([&](store::FlowReader& flow) { return flow.step_failures(id(), name); });
  return failures && failures->attempt == attempt() - job_.attempts_returned ? failures->count : 0;
}

std::optional<Signal> Claim::signal(std::string_view name) const {
  return port_->readers().flow([&](store::FlowReader& flow) { return flow.signal(id(), name); });
}

std::optional<JobId> Claim::submit(std::string_view name, const JobSpec& child) { return port_->submit(job_, name, child); }

std::vector<Outcome> Claim::children() const {
  return port_->readers().flow([&](store::FlowReader& flow) { return flow.outcomes(id(), true); });
}

std::vector<Outcome> Claim::dependencies() const {
  return port_->readers().flow([&](store::FlowReader& flow) { return flow.outcomes(id(), false); });
}

Finish Claim::store_step(std::string_view name, std::string_view result) {
  return port_->write(
      [&](store::JobTable& jobs, Time now) { return jobs.store_step(id(), attempt(), name, result, now); });
}

}  // namespace jobs
