// jobs/claim.h - one run of a job, driven by hand. Workers use it; so can a program with a loop of its own.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jobs/flow.h"
#include "jobs/job.h"

namespace jobs {

// What became of the end of a run. Every value but ok means that the caller's result was not stored.
enum class [[nodiscard]] Finish {
  ok,
  // The job was cancelled while it ran and is CANCELLED now.
  cancelled,
  // The job's deadline passed while it ran, and it is FAILED now.
  deadline,
  // The run is no longer the current one: its lease ended, or it was finished before.
  lease_lost,
};

// What claim() may take.
struct ClaimOptions {
  std::string queue = "default";
  // Zero: Options::lease.
  std::chrono::milliseconds lease = std::chrono::milliseconds(0);
  // The worker is outside this process: its run goes on, until its lease ends, when this process restarts.
  bool outside = false;
};

// Names one run of a job. Whatever is written for it is refused once it is no longer the current one.
struct RunId {
  JobId job = {};
  int attempt = 0;
};

// A fenced run: it carries the attempt it was claimed with, and every member fails with lease_lost once that is no longer
// the current one. Dropping a Claim does nothing; its job comes back when the lease ends.
// Thread safety: as the Engine that made it, which must outlive it.
class Claim {
 public:
  // One owner, so that no two can both finish it.
  Claim(Claim&&) noexcept = default;
  Claim& operator=(Claim&&) noexcept = default;
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;

  const Job& job() const { return job_; }
  JobId id() const { return job_.id; }
  int attempt() const { return job_.attempt; }
  const std::string& payload() const { return job_.payload; }

  // ---- The end of the run ----
  // std::move(claim).complete(…): a claim is finished once, and who does it gives the claim away. What throws has finished
  // nothing and may be called again.

  Finish complete(Result result) &&;
  Finish complete(std::string summary) && { return std::move(*this).complete(Result{std::move(summary), {}}); }
  // Ends the attempt. The job is PENDING again after its backoff, or FAILED when no attempt is left.
  Finish fail(Failure failure) &&;
  // Hands the job back, due after `delay`, without burning an attempt. Less than no time counts as none, more than 100 years
  // as that.
  Finish release(std::chrono::milliseconds delay = {}) &&;

  // ---- While it goes on ----

  // Extends the lease from now. Finish::cancelled: go on only to wind down. A run whose deadline has passed ends here.
  Finish renew(std::chrono::milliseconds lease);
  Finish progress(int iteration, std::string_view message);
  // The stored result of a step, if it has one.
  std::optional<std::string> step(std::string_view name) const;
  // Stores a step's result. The first result stored for a name stays.
  Finish store_step(std::string_view name, std::string_view result);

  // ---- Flows: what Context does for a handler, in its parts ----

  // Ends the run without burning an attempt; the job is due again when what it waits for has come.
  Finish suspend(const Suspension& wait) &&;
  // How often a step has failed in this attempt of the job.
  int step_failures(std::string_view name) const;
  // What is stored for a wait for a signal. Empty: nothing yet.
  std::optional<Signal> signal(std::string_view name) const;
  // As Context::submit(). Empty: the lease is lost.
  std::optional<JobId> submit(std::string_view name, const JobSpec& child);
  // In the order of their submission; those that are not terminal too.
  std::vector<Outcome> children() const;
  std::vector<Outcome> dependencies() const;

 private:
  friend class Engine;
  class Port;
  Claim(std::shared_ptr<Port> port, Job job) : port_(std::move(port)), job_(std::move(job)) {}

  std::shared_ptr<Port> port_;
  Job job_;
};

}  // namespace jobs
