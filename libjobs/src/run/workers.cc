#include "run/workers.h"

#include <algorithm>
#include <stdexcept>

#include "core/backoff.h"
#include "core/failure.h"
#include "core/guarded.h"
#include "store/transaction.h"

namespace jobs::run {
namespace {

// A handler that ignores its stop token for this long after its time limit or deadline loses its job.
constexpr std::chrono::seconds time_limit_grace(5);
// Progress writes of one run that may wait for their commit.
constexpr int progress_waiting_max = 64;
// Between two attempts to report the end of a run to a store that cannot take it.
constexpr std::chrono::seconds report_again_after(1);

}  // namespace

// One run of a job on a worker thread, as others see it.
struct Workers::Run {
  JobId id = {};
  int attempt = 0;
  std::stop_source stop = {};
  StopReason reason = StopReason::none;
  Time lease_until = {};
  // When its time limit or its deadline passes, and which of them.
  Time stop_at = Time::max();
  StopReason stops_for = StopReason::none;
  // Set with them, for the policy that a job is judged by which ignores them.
  std::string kind = {};
  int failures = 0;
  Time take_away_at = Time::max();
};

struct Workers::Worker {
  std::int64_t queue = 0;
  std::thread thread = {};

  Mutex mutex = {};
  std::condition_variable wake = {};
  std::optional<Job> next JOBS_GUARDED_BY(mutex) = {};
  // Its fields are guarded too, but for those that are set once.
  std::shared_ptr<Run> run JOBS_GUARDED_BY(mutex) = {};
  bool finished JOBS_GUARDED_BY(mutex) = false;

  void raise(const std::shared_ptr<Run>& the_run, StopReason why) {
    {
      const Lock lock(mutex);
      if (the_run->reason == StopReason::none) the_run->reason = why;
    }
    the_run->stop.request_stop();
  }
};

class Workers::RunContext : public Context {
 public:
  RunContext(const WorkerPort& port, const Job& job, std::shared_ptr<Run> run, Worker& worker)
      : port_(port), job_(job), run_(std::move(run)), worker_(worker) {}
  // Progress on its way refers to nothing of the context, so a run may end before it is stored.
  ~RunContext() override = default;

  const Job& job() const override { return job_; }
  std::stop_token stop_token() const override { return run_->stop.get_token(); }

  void progress(int iteration, std::string_view message) override {
    const auto write = [&jobs = port_.jobs, &now = port_.now, id = job_.id, attempt = job_.attempt, iteration,
                        text = std::string(message)] {
      // A run that is over has nobody left to tell.
      static_cast<void>(jobs.progress(id, attempt, iteration, text, now));
    };
    if (*waiting_ >= progress_waiting_max) {
      port_.writer.run(write);
      return;
    }
    ++*waiting_;
    port_.writer.post(write, [waiting = waiting_](std::exception_ptr) { --*waiting; });
  }

  std::string step(std::string_view name, const std::function<std::string()>& work) override {
    check();
    store::validate_name(name);
    if (auto stored = port_.readers.step(job_.id, name)) return *stored;
    std::string result = work();
    write([&] { return port_.jobs.store_step(job_.id, job_.attempt, name, result, port_.now); });
    return result;
  }

  std::string step(std::string_view name, const std::function<std::string()>& work, const StepOptions& options) override {
    check();
    store::validate_name(name);
    if (options.max_attempts < 1) throw std::invalid_argument("step: max_attempts is at least 1");
    if (auto stored = port_.readers.step(job_.id, name)) return *stored;
    auto past = port_.readers.flow([&](store::FlowReader& flow) { return flow.step_failures(job_.id, name); });
    if (past && past->attempt != job_.attempt - job_.attempts_returned) past.reset();
    if (past && past->spent) throw past->newest;
    std::optional<std::string> result;
    Failure failure;
    try {
      result = work();
    } catch (const Failure& own) {
      failure = own;
    } catch (const std::exception& error) {
      failure = {.code = "handler_error", .message = error.what()};
    }
    if (result) {
      write([&] { return port_.jobs.store_step(job_.id, job_.attempt, name, *result, port_.now); });
      return *result;
    }
    check();  // what a step throws because it was stopped is no failure of its own
    const int failures = (past ? past->count : 0) + 1;
    std::string problem;
    const RetryPolicy retry = settled(options.retry, failures, failure, problem);
    if (!problem.empty() && port_.options.log) {
      port_.options.log(LogLevel::warning, job_.id, "the retry policy of a step threw: " + problem);
    }
    if (failure.retry && failures < options.max_attempts) {
      suspend(StepFailed{.name = std::string(name), .failure = failure, .retry = retry});
    }
    write([&] { return port_.jobs.spend_step(job_.id, job_.attempt, name, failure, port_.now); });
    throw failure;
  }

  void sleep(std::string_view name, std::chrono::milliseconds duration) override {
    if (duration > span_max) throw std::invalid_argument("sleep: at most 100 years of 365 days");
    sleep_until(name, port_.clock.now() + bounded_span(duration));
  }

  void sleep_until(std::string_view name, Time moment) override {
    check();
    store::validate_name(name);
    if (const auto stored = port_.readers.step(job_.id, name)) moment = store::stored_moment(*stored);
    if (port_.clock.now() < moment) suspend(WaitUntil{.name = std::string(name), .until = moment});
  }

  std::optional<std::string> wait_for_signal(std::string_view name,
                                             std::optional<std::chrono::milliseconds> timeout) override {
    check();
    const WaitForSignal wait = {.name = std::string(name), .timeout = timeout};
    store::validate(wait);
    auto signal = port_.readers.flow([&](store::FlowReader& flow) { return flow.signal(job_.id, name); });
    if (!signal) suspend(wait);
    return std::move(signal->payload);
  }

  JobId submit(std::string_view name, const JobSpec& child) override {
    check();
    store::validate_name(name);
    store::validate(child, port_.options);
    std::optional<JobId> id;
    write([&] {
      id = port_.jobs.submit_child(job_.id, job_.attempt, name, child, port_.now);
      return id ? Finish::ok : Finish::lease_lost;
    });
    const Lock lock(mutex_);
    children_.insert(*id);
    return *id;
  }

  std::vector<Outcome> wait_children() override {
    check();
    auto outcomes = port_.readers.flow([&](store::FlowReader& flow) { return flow.outcomes(job_.id, true); });
    {
      // A run before this one may have come further, and submitted more.
      const Lock lock(mutex_);
      std::erase_if(outcomes, [this](const Outcome& outcome) {
        mutex_.assert_held();
        return !children_.contains(outcome.id);
      });
    }
    const auto live = [](const Outcome& outcome) { return !is_terminal(outcome.state); };
    if (std::any_of(outcomes.begin(), outcomes.end(), live)) suspend(WaitForChildren{});
    return outcomes;
  }

  std::vector<Outcome> dependencies() const override {
    return port_.readers.flow([&](store::FlowReader& flow) { return flow.outcomes(job_.id, false); });
  }

  // What the run was suspended for, whatever its handler made of that.
  std::optional<Suspension> suspension() const {
    const Lock lock(mutex_);
    return suspension_;
  }

 private:
  // Throws when the run is over.
  void check() const {
    check_stop();
    if (suspension()) throw Suspended{};
  }

  [[noreturn]] void suspend(Suspension wait) {
    {
      const Lock lock(mutex_);
      if (!suspension_) suspension_ = std::move(wait);
    }
    throw Suspended{};
  }

  template <class Deed>
  void write(const Deed& deed) {
    Finish outcome = Finish::lease_lost;
    port_.writer.run([&] { outcome = deed(); });
    if (outcome != Finish::lease_lost) return;
    worker_.raise(run_, StopReason::lease_lost);
    throw Stopped{};
  }

  const WorkerPort& port_;
  const Job& job_;
  const std::shared_ptr<Run> run_;
  Worker& worker_;
  const std::shared_ptr<std::atomic<int>> waiting_ = std::make_shared<std::atomic<int>>(0);

  mutable Mutex mutex_;
  std::optional<Suspension> suspension_ JOBS_GUARDED_BY(mutex_);
  std::set<JobId> children_ JOBS_GUARDED_BY(mutex_);
};

Workers::Workers(WorkerPort port) : port_(port) {}

// The engine has stopped its workers by now, while the writer was still there.
Workers::~Workers() = default;

void Workers::handle(std::string kind, Handler handler, HandlerOptions options) {
  handlers_[std::move(kind)] = {std::move(handler), std::move(options)};
}

RetryPolicy Workers::settle(const JobId& job, std::string_view kind, int failures, Failure& failure) const {
  const auto found = handlers_.find(kind);
  if (found == handlers_.end()) return {};
  std::string problem;
  RetryPolicy policy = settled(found->second.options.retry, failures, failure, problem);
  if (!problem.empty()) log(LogLevel::warning, job, "the retry policy of the kind threw: " + problem);
  return policy;
}

void Workers::start() {
  if (!workers_.empty() || stopping_) return;
  port_.writer.run([this] {
    workers_.clear();
    for (const auto& [name, queue] : port_.options.queues) {
      const std::int64_t number = port_.queues.number(name);
      for (int i = 0; i < queue.workers; ++i) {
        workers_.push_back(std::make_unique<Worker>());
        workers_.back()->queue = number;
      }
      ready_.insert(number);
    }
    running_ = true;
  });
  for (const auto& worker : workers_) worker->thread = std::thread([this, &w = *worker] { main(w); });
}

void Workers::stop(std::chrono::milliseconds grace) {
  if (stopping_.exchange(true)) {
    // A second, less patient caller only hurries the first.
    if (grace > std::chrono::milliseconds(0)) return;
  }
  if (workers_.empty()) return;
  // From here on nobody is given a job. A store that takes no writes gives none either.
  try {
    port_.writer.run([this] {
      running_ = false;
      idle_.clear();
    });
  } catch (const Error&) {
  }
  for (const auto& worker : workers_) worker->wake.notify_all();

  const auto until = std::chrono::steady_clock::now() + grace;
  for (const auto& worker : workers_) {
    Lock lock(worker->mutex);
    worker->wake.wait_until(lock.native(), until, [&] {
      worker->mutex.assert_held();
      return worker->finished;
    });
  }
  stop_now_ = true;
  for (const auto& worker : workers_) {
    std::shared_ptr<Run> run;
    {
      const Lock lock(worker->mutex);
      run = worker->run;
    }
    if (run) worker->raise(run, StopReason::shutdown);
    worker->wake.notify_all();
  }
  for (const auto& worker : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
  }
}

void Workers::main(Worker& worker) {
  std::function<void()> end_of_run = [] {};
  while (report(worker, end_of_run)) {
    std::optional<Job> job;
    std::shared_ptr<Run> run;
    {
      Lock lock(worker.mutex);
      worker.wake.wait(lock.native(), [&] {
        worker.mutex.assert_held();
        return worker.next.has_value() || stopping_;
      });
      if (!worker.next) break;
      job = std::move(worker.next);
      worker.next.reset();
    }
    end_of_run = this->run(worker, std::move(*job));
  }
  const Lock lock(worker.mutex);
  worker.finished = true;
  worker.wake.notify_all();
}

// Stores the end of a run and asks for the next job. False: the worker should go.
bool Workers::report(Worker& worker, const std::function<void()>& write) {
  for (;;) {
    try {
      port_.writer.run([&] {
        write();
        enlisted_.push_back(&worker);
        if (running_) idle_.push_back(&worker);
      });
      return true;
    } catch (const Error& error) {
      log(LogLevel::error, {}, std::string("the end of a run could not be stored: ") + error.what());
      if (!port_.writer.writable()) return false;
      Lock lock(worker.mutex);
      worker.wake.wait_for(lock.native(), report_again_after, [this] { return stop_now_.load(); });
      if (stop_now_) return false;
    }
  }
}

std::function<void()> Workers::failure_of(const Job& job, Failure failure) {
  log(LogLevel::warning, job.id,
      "attempt " + std::to_string(job.attempt) + " failed: " + failure.code + ": " + failure.message);
  RetryPolicy policy = settle(job.id, job.kind, job.attempt - job.attempts_returned, failure);
  return [this, id = job.id, attempt = job.attempt, failure = std::move(failure), policy = std::move(policy)] {
    static_cast<void>(port_.jobs.fail(id, attempt, failure, policy, port_.now));
  };
}

std::function<void()> Workers::run(Worker& worker, Job job) {
  std::shared_ptr<Run> run;
  {
    const Lock lock(worker.mutex);
    run = worker.run;
  }
  if (stop_now_) worker.raise(run, StopReason::shutdown);
  const auto registered = handlers_.find(job.kind);

  std::optional<Result> result;
  bool left_by_stop = false;
  std::optional<Snooze> snooze;
  std::optional<Suspension> suspension;
  Failure failure = {.code = "no_handler", .message = "No handler is registered for the kind " + job.kind + "."};
  if (registered != handlers_.end()) {
    RunContext context(port_, job, run, worker);
    try {
      result = registered->second.handler(context);
    } catch (const Stopped&) {
      left_by_stop = true;
      failure = {.code = "handler_error", .message = "The handler stopped without being asked to."};
    } catch (const Snooze& own) {
      snooze = own;
    } catch (const Suspended&) {
      failure = {.code = "handler_error", .message = "The handler suspended itself without waiting for anything."};
    } catch (const Failure& own) {
      failure = own;
    } catch (const std::exception& error) {
      failure = {.code = "handler_error", .message = error.what()};
    } catch (...) {
      failure = {.code = "handler_error", .message = "The handler threw something that is no exception."};
    }
    suspension = context.suspension();
  }

  StopReason reason = StopReason::none;
  {
    const Lock lock(worker.mutex);
    reason = run->reason;
    // Its lease is renewed until its end is stored; its limits no longer matter.
    run->stop_at = run->take_away_at = Time::max();
  }
  if (suspension && reason != StopReason::lease_lost) {
    return [this, id = job.id, attempt = job.attempt, wait = std::move(*suspension)] {
      static_cast<void>(port_.jobs.suspend(id, attempt, wait, port_.now));
    };
  }
  if (result && result->output.size() > port_.options.output_bytes_max) {
    failure = {.code = "output_too_large",
               .message = "The result has more than " + std::to_string(port_.options.output_bytes_max) + " bytes.",
               .retry = false};
    result.reset();
  }
  if (result) {
    return [this, id = job.id, attempt = job.attempt, done = std::move(*result)] {
      static_cast<void>(port_.jobs.complete(id, attempt, done, port_.now));
    };
  }
  if (snooze && reason != StopReason::lease_lost && reason != StopReason::time_limit) {
    return [this, id = job.id, attempt = job.attempt, delay = snooze->delay] {
      static_cast<void>(port_.jobs.release(id, attempt, delay, port_.now));
    };
  }
  switch (reason) {
    case StopReason::lease_lost:
      return [] {};
    case StopReason::cancelled:
    case StopReason::shutdown:
      // A run that was told to stop may leave by any exception. release() ends a cancelled job as CANCELLED.
      return [this, id = job.id, attempt = job.attempt] {
        static_cast<void>(port_.jobs.release(id, attempt, {}, port_.now));
      };
    case StopReason::deadline:
      failure = deadline_exceeded(left_by_stop ? std::nullopt : std::optional<Failure>(failure));
      break;
    case StopReason::time_limit:
      failure = {.code = "time_limit",
                 .message = "The attempt ran longer than " + std::to_string(job.time_limit.count()) + " ms."};
      break;
    case StopReason::none:
      break;
  }
  return failure_of(job, std::move(failure));
}

void Workers::assign() {
  if (idle_.empty() || !running_) return;
  for (const std::int64_t queue : port_.effects.ready_queues) ready_.insert(queue);
  for (auto queue = ready_.begin(); queue != ready_.end();) {
    const auto wanted = std::count_if(idle_.begin(), idle_.end(), [&](const Worker* w) { return w->queue == *queue; });
    if (wanted == 0) {
      ++queue;
      continue;
    }
    const Time lease_until = port_.now + port_.options.lease;
    std::vector<Job> jobs = port_.jobs.claim(*queue, static_cast<int>(wanted), port_.now, lease_until, false);
    for (Job& job : jobs) {
      // The worker that has waited shortest: its stack is warm.
      const auto worker = std::find_if(idle_.rbegin(), idle_.rend(), [&](const Worker* w) { return w->queue == *queue; });
      if (job.time_limit > std::chrono::milliseconds(0)) port_.effects.wake_timers_by(port_.now + job.time_limit);
      if (job.deadline) port_.effects.wake_timers_by(*job.deadline);
      assigned_.emplace_back(*worker, std::move(job));
      idle_.erase(std::next(worker).base());
    }
    if (!jobs.empty()) port_.effects.wake_timers_by(port_.now + port_.options.lease / 3);
    queue = static_cast<std::ptrdiff_t>(jobs.size()) < wanted ? ready_.erase(queue) : std::next(queue);
  }
}

void Workers::committed() {
  for (const std::int64_t queue : port_.effects.ready_queues) ready_.insert(queue);
  for (Worker* const worker : enlisted_) {
    const Lock lock(worker->mutex);
    worker->run.reset();
  }
  for (auto& [worker, job] : assigned_) {
    auto run = std::make_shared<Run>();
    run->id = job.id;
    run->attempt = job.attempt;
    run->lease_until = port_.now + port_.options.lease;
    if (job.time_limit > std::chrono::milliseconds(0)) {
      run->stop_at = port_.now + job.time_limit;
      run->stops_for = StopReason::time_limit;
    }
    if (job.deadline && *job.deadline <= run->stop_at) {
      run->stop_at = *job.deadline;
      run->stops_for = StopReason::deadline;
    }
    if (run->stops_for != StopReason::none) {
      run->take_away_at = run->stop_at + time_limit_grace;
      run->kind = job.kind;
      run->failures = job.attempt - job.attempts_returned;
    }
    {
      const Lock lock(worker->mutex);
      worker->run = std::move(run);
      worker->next = std::move(job);
    }
    worker->wake.notify_all();
  }
  assigned_.clear();
  enlisted_.clear();
}

void Workers::rolled_back() {
  // What this group looked for and did not find may be there without it.
  for (const std::int64_t queue : port_.effects.ready_queues) ready_.insert(queue);
  for (auto& [worker, job] : assigned_) {
    ready_.insert(worker->queue);
    idle_.push_back(worker);
  }
  assigned_.clear();
  // Those who asked in this group ask again.
  std::erase_if(idle_, [this](const Worker* worker) {
    return std::find(enlisted_.begin(), enlisted_.end(), worker) != enlisted_.end();
  });
  enlisted_.clear();
}

void Workers::stop_run(std::int64_t number, int attempt) {
  for (const auto& worker : workers_) {
    std::shared_ptr<Run> run;
    {
      const Lock lock(worker->mutex);
      run = worker->run;
    }
    if (run && run->id.number() == number && run->attempt == attempt) worker->raise(run, StopReason::cancelled);
  }
}

void Workers::renew_leases() {
  const auto lease = port_.options.lease;
  for (const auto& worker : workers_) {
    std::shared_ptr<Run> run;
    {
      const Lock lock(worker->mutex);
      run = worker->run;
      if (!run || run->lease_until - port_.now > lease - lease / 3) continue;
      run->lease_until = port_.now + lease;
    }
    if (const Finish outcome = port_.jobs.renew(run->id, run->attempt, port_.now + lease, port_.now);
        outcome == Finish::lease_lost || outcome == Finish::deadline) {
      worker->raise(run, StopReason::lease_lost);
    }
  }
}

void Workers::enforce_time_limits(Time now) {
  for (const auto& worker : workers_) {
    std::shared_ptr<Run> run;
    Time take_away_at;
    {
      const Lock lock(worker->mutex);
      run = worker->run;
      if (!run || now < run->stop_at) continue;
      take_away_at = run->take_away_at;
    }
    worker->raise(run, run->stops_for);
    if (now < take_away_at) continue;
    Failure failure = run->stops_for == StopReason::deadline
                          ? deadline_exceeded()
                          : Failure{.code = "time_limit", .message = "The attempt ignored its time limit."};
    const RetryPolicy policy = settle(run->id, run->kind, run->failures, failure);
    port_.writer.run([&] { static_cast<void>(port_.jobs.fail(run->id, run->attempt, failure, policy, port_.now)); });
    const Lock lock(worker->mutex);
    run->stop_at = run->take_away_at = Time::max();
  }
}

std::optional<Time> Workers::next_check() const {
  std::optional<Time> next;
  const auto lease = port_.options.lease;
  for (const auto& worker : workers_) {
    const Lock lock(worker->mutex);
    if (!worker->run) continue;
    const Run& run = *worker->run;
    const Time limit = run.reason == StopReason::none ? run.stop_at : run.take_away_at;
    const Time at = std::min(run.lease_until - (lease - lease / 3), limit);
    next = next ? std::min(*next, at) : at;
  }
  return next;
}

void Workers::log(LogLevel level, const JobId& job, std::string_view message) const {
  if (port_.options.log) port_.options.log(level, job, message);
}

}  // namespace jobs::run
