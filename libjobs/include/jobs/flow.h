// jobs/flow.h - jobs that wait: for a moment, a signal, other jobs, or another try of a step.
//
// A handler that waits holds no thread. What it waits for is stored, `Suspended` leaves the handler, and the job is PENDING
// without having burnt an attempt. When the wait is over the handler runs again from its beginning: its steps answer with
// what they stored, so it comes back to the same line, where the wait answers at once. So a handler does everything that
// is expensive, visible outside or not the same each time (a request, the time, a random number) inside a step.
//
// A job has one set of names for its steps, sleeps and children, and one for its signals. A name is 1 to 255 bytes.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "jobs/job.h"
#include "jobs/retry.h"

namespace jobs {

// Leaves a handler whose run is over because its job waits. Let it pass: a handler that catches `...` throws it on. One that
// does not is suspended all the same; until it returns, each call of its Context that could wait throws this again, and what
// it returns is dropped. Deliberately no std::exception.
struct Suspended {};

// How the failures of one step are treated.
struct StepOptions {
  // The wait after the n-th failure.
  RetryPolicy retry = {};
  // Tries before the step's failure becomes the handler's. At least 1. Each attempt of the job has them anew.
  int max_attempts = 3;
};

// What became of a signal. Everything but `stored` means that nothing was stored.
enum class [[nodiscard]] Signalled : std::uint8_t {
  stored,
  // The job has a signal of this name. The first one stays.
  already_given,
  // The job waited for it, and its time limit passed before this came.
  too_late,
  // The job is COMPLETE, FAILED or CANCELLED.
  over,
  no_such_job,
  // The job has as many signals as it may have: signals_max.
  too_many,
};
constexpr int signals_max = 100;
constexpr std::size_t signal_bytes_max = 64 * 1024;

// What is stored for a wait for a signal. Without a payload: its time limit passed.
struct Signal {
  std::optional<std::string> payload = {};
};

// What became of a job that another one waited for.
struct Outcome {
  JobId id = {};
  State state = State::pending;
  // COMPLETE only.
  std::string summary = {};
  // FAILED only.
  std::optional<Failure> failure = {};
};

// The jobs one job may wait for at once.
constexpr std::size_t open_jobs_max = 10'000;

// What Engine::submit_batch() returns.
struct Batch {
  std::vector<Submitted> jobs = {};
  JobId callback = {};
};

// ---- What a run that is driven by hand is suspended for: Claim::suspend() ----

// Until `until`. Stored as the step `name`: its first moment stays.
struct WaitUntil {
  std::string name = {};
  Time until = {};
};
// Until the signal comes, or its time limit passes. Neither, if it is there.
struct WaitForSignal {
  std::string name = {};
  std::optional<std::chrono::milliseconds> timeout = {};
};
// Until all children are terminal.
struct WaitForChildren {};
// A try of the step failed, and another follows after its backoff. Whether one should is yours to say: see
// Claim::step_failures(). The policy's function and its `never` are not asked.
struct StepFailed {
  std::string name = {};
  Failure failure = {};
  RetryPolicy retry = {};
};
using Suspension = std::variant<WaitUntil, WaitForSignal, WaitForChildren, StepFailed>;

}  // namespace jobs
