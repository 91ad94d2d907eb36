// jobs/handler.h - what a handler is given, and what it may do with it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/flow.h"
#include "jobs/job.h"
#include "jobs/retry.h"

namespace jobs {

// Thrown by Context::check_stop(), and by whatever else a handler calls that notices the stop, to leave a handler whose
// run is over. The engine knows why the run was stopped and does what is right: a cancelled job becomes CANCELLED, one
// stopped by a shutdown goes back to its queue without losing an attempt.
struct Stopped {};

// Thrown by a handler to end its run without a result: the job is PENDING again and due after `delay`. Burns no attempt, and
// what its steps have stored stays. Less than no time counts as none, more than 100 years as that.
//
//   if (!ready(job.payload())) throw jobs::Snooze{10min};
struct Snooze {
  std::chrono::milliseconds delay = std::chrono::milliseconds(0);
};

// One run of a job, seen from inside its handler. Valid until the handler returns.
// Thread safety: every member may be called from any thread that the handler started and joins.
class Context {
 public:
  virtual ~Context() = default;

  virtual const Job& job() const = 0;
  JobId id() const { return job().id; }
  const std::string& payload() const { return job().payload; }
  int attempt() const { return job().attempt; }

  // Raised when the job is cancelled, its time limit or deadline passes, its lease is lost, or the engine stops.
  virtual std::stop_token stop_token() const = 0;
  // Throws Stopped when the token is raised.
  void check_stop() const {
    if (stop_token().stop_requested()) throw Stopped{};
  }

  // Records how far the job is, without waiting for the disk. Shown by find(), logged as an event, sent to the webhook if
  // that was asked for. At most 4 KiB of message are kept.
  virtual void progress(int iteration, std::string_view message) = 0;

  // Runs `work` once for the life of the job: its result is stored durably under `name` before it is returned, and a
  // later attempt gets the stored result without running `work`. Exceptions of `work` pass through and store nothing.
  // Throws Stopped when the run is over, std::invalid_argument for a name that is not of 1 to 255 bytes.
  virtual std::string step(std::string_view name, const std::function<std::string()>& work) = 0;
  // The same with tries of its own: when `work` throws a Failure or a std::exception, the job is suspended and the step
  // tried again after its backoff. When its tries are spent, or the Failure says not to retry, it is thrown as a Failure; a
  // handler may catch that and go another way, since a later run of this attempt meets the same Failure.
  virtual std::string step(std::string_view name, const std::function<std::string()>& work, const StepOptions& options) = 0;

  // ---- Waiting without a thread: see jobs/flow.h. All throw Stopped when the run is over ----

  // Suspends the job for so long, at most 100 years. The moment is fixed at the first call.
  virtual void sleep(std::string_view name, std::chrono::milliseconds duration) = 0;
  virtual void sleep_until(std::string_view name, Time moment) = 0;

  // The payload of a signal, which may have come before this call: Engine::signal(). Empty: it did not come within `timeout`,
  // which counts from the first call; a later run gets the same answer, whatever came afterwards. No timeout: for ever.
  virtual std::optional<std::string> wait_for_signal(std::string_view name,
                                                     std::optional<std::chrono::milliseconds> timeout = {}) = 0;

  // Submits a child of this job, once for the life of this job: `name` stands for it as for a step. A child whose unique_key
  // another job holds is not made: that job's id is returned, and not waited for. If this job is cancelled, its children are
  // cancelled with it; however else it ends, they live on.
  // Throws std::invalid_argument for a job that cannot be, one that would come after its own parent (by JobSpec::after, or in
  // an ordered queue by the parent's key), and one too many: open_jobs_max are not terminal.
  virtual JobId submit(std::string_view name, const JobSpec& child) = 0;
  // Suspends the job until the children that were submitted so far in this run are terminal. In their order.
  virtual std::vector<Outcome> wait_children() = 0;
  // What became of the jobs in JobSpec::after, in the order of their submission.
  virtual std::vector<Outcome> dependencies() const = 0;
};

// Runs on a worker thread. Returning completes the job. Throwing Failure fails the attempt with its code; any other
// std::exception fails it with the code "handler_error"; throwing Snooze puts it off; throwing Stopped ends a run that was
// told to stop; throwing Suspended one whose job waits.
using Handler = std::function<Result(Context&)>;

// How the attempts of one kind of job are treated.
struct HandlerOptions {
  RetryPolicy retry = {};
};

}  // namespace jobs
