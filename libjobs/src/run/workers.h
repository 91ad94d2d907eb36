// run/workers.h - the threads that run handlers.
//
// A worker reports the end of its run and asks for the next job in one write, and the writer claims for all that wait just
// before it commits. So a finish and the next start share one fsync, and a job submitted while a worker is idle is claimed
// in the very commit that makes it durable: its handler starts when submit() returns.
//
// Thread safety: start(), stop() and the members under "any thread" may be called from any thread; those under "inside the
// turn" only from within a group of the writer.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "jobs/engine.h"
#include "store/jobs.h"
#include "store/readers.h"
#include "store/writer.h"

namespace jobs::run {

// What the workers need of the engine around them.
struct WorkerPort {
  const Options& options;
  Clock& clock;
  store::Writer& writer;
  store::JobTable& jobs;
  store::QueueTable& queues;
  store::Effects& effects;
  store::Readers& readers;
  // Inside the turn: the time of the group.
  const Time& now;
};

struct Registered {
  Handler handler = {};
  HandlerOptions options = {};
};

class Workers {
 public:
  explicit Workers(WorkerPort port);
  ~Workers();

  // ---- Any thread ----

  void handle(std::string kind, Handler handler, HandlerOptions options);
  // What the policy of a kind says of an attempt's failure, the `failures`-th of its job: see core/backoff.h. Not inside
  // the turn.
  RetryPolicy settle(const JobId& job, std::string_view kind, int failures, Failure& failure) const;
  void start();
  void stop(std::chrono::milliseconds grace);
  // Raises the stop token of runs past their time limit or deadline, and takes the job from those that ignore it.
  void enforce_time_limits(Time now);

  // ---- Inside the turn ----

  // Before the commit: claims for every worker that waits.
  void assign();
  void committed();
  void rolled_back();
  void queue_ready(std::int64_t queue) { ready_.insert(queue); }
  void stop_run(std::int64_t number, int attempt);
  // Renews the leases that have used up a third of their time.
  void renew_leases();
  // When enforce_time_limits() or renew_leases() has something to do.
  std::optional<Time> next_check() const;

 private:
  enum class StopReason { none, cancelled, shutdown, time_limit, deadline, lease_lost };
  struct Run;
  struct Worker;
  class RunContext;

  void main(Worker& worker);
  // Runs the handler and returns the write that ends the run.
  std::function<void()> run(Worker& worker, Job job);
  std::function<void()> failure_of(const Job& job, Failure failure);
  bool report(Worker& worker, const std::function<void()>& write);
  void log(LogLevel level, const JobId& job, std::string_view message) const;

  // ---- Set once, before start() ----
  const WorkerPort port_;
  std::map<std::string, Registered, std::less<>> handlers_;
  std::vector<std::unique_ptr<Worker>> workers_;

  // ---- Locks for itself ----
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> stop_now_ = false;

  // ---- Used inside the turn ----
  std::vector<Worker*> idle_;
  std::vector<Worker*> enlisted_;                       // have reported in this group
  std::vector<std::pair<Worker*, Job>> assigned_;       // not durable yet
  std::set<std::int64_t> ready_;                        // queues that may have due jobs
  bool running_ = false;
};

}  // namespace jobs::run
