// jobs/handler.h - what a handler is given, and what it may do with it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

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
  // Throws Stopped when the run is over.
  virtual std::string step(std::string_view name, const std::function<std::string()>& work) = 0;
};

// Runs on a worker thread. Returning completes the job. Throwing Failure fails the attempt with its code; any other
// std::exception fails it with the code "handler_error"; throwing Snooze puts it off; throwing Stopped ends a run that was
// told to stop.
using Handler = std::function<Result(Context&)>;

// How the attempts of one kind of job are treated.
struct HandlerOptions {
  RetryPolicy retry = {};
};

}  // namespace jobs
