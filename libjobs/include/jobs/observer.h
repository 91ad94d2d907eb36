// jobs/observer.h - what the engine does, told as it happens: for metrics and tracing.
//
//   class Counter : public jobs::Observer {
//     void finished(const jobs::JobNotice& job, jobs::AttemptEnd end, std::chrono::milliseconds ran) override { … }
//   };
//
// Everything is told after the commit that made it durable, in the order of the commits, and before the caller whose call
// it was gets its answer. An engine without an observer spends nothing on this.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "jobs/clock.h"
#include "jobs/webhook.h"

namespace jobs {

// The job that something happened to.
struct JobNotice {
  JobId job = {};
  std::string kind = {};
  std::string queue = {};
  // The caller's trace context, as JobSpec::trace has it.
  std::string trace = {};
  // 0: it was not started yet.
  int attempt = 0;
  Time at = {};
};

// How an attempt ended, or a job that was never started.
enum class AttemptEnd : std::uint8_t {
  // The job is COMPLETE, FAILED, CANCELLED.
  completed,
  failed,
  cancelled,
  // The job is PENDING again: the attempt failed and another follows; or it was handed back, which counts as none.
  retried,
  returned,
};

struct CommitNotice {
  // Calls that it carried.
  std::size_t writes = 0;
  // From its beginning to the end of the fsync.
  std::chrono::microseconds took = {};
};

// One attempt to deliver a webhook.
struct DeliveryNotice {
  JobId job = {};
  std::string trace = {};
  std::int64_t delivery = 0;
  // As Endpoint::host.
  std::string host = {};
  // From 1.
  int attempt = 0;
  // The HTTP status, or 0 when there was none.
  int status = 0;
  std::chrono::milliseconds took = {};
  // What became of the delivery.
  DeliveryState state = DeliveryState::pending;
};

// Thread safety: called by one thread at a time, but not always the same, while the engine's writer waits: be short, do not
// throw, and call no member of the engine that blocks. Must outlive the engine.
class Observer {
 public:
  virtual ~Observer() = default;

  // A new job. Not called when a submission found its key held.
  virtual void submitted(const JobNotice& /*job*/) {}
  // An attempt begins, `waited` after the job could first have run. Told before its handler is called.
  virtual void started(const JobNotice& /*job*/, std::chrono::milliseconds /*waited*/) {}
  // `ran`: since the attempt began; zero for a job that was not running.
  virtual void finished(const JobNotice& /*job*/, AttemptEnd /*end*/, std::chrono::milliseconds /*ran*/) {}
  virtual void delivery_attempted(const DeliveryNotice& /*delivery*/) {}
  // After everything else that it made durable was told.
  virtual void committed(const CommitNotice& /*commit*/) {}
};

}  // namespace jobs
