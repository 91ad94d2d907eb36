// run/courier.h - delivers the outbox.
//
// The store holds what is to be sent and when; the courier holds only what is on its way. So a restart neither loses an
// event nor starts its schedule again: an attempt whose answer was not recorded is made once more, which the stable
// event id lets a receiver notice.
//
// A receiver that keeps failing is held back by the store (core/endpoint_health.h) and gets one probe at a time.
//
// Each run records the answers that have arrived, in one write, and then sends what is due. One slow receiver does not
// delay another: each host has a few places, and the store passes over the deliveries of a host whose places are taken.
//
// Progress is told beside this, on a best effort: from memory, one attempt, and only while its host has places to
// spare.
//
// Invariants:
//  1. A delivery is on its way at most once at a time; it stays so until its attempt is recorded.
//  2. At most `per_host_max` requests are on their way to one host, progress included, and `in_flight_max` in all.
//  3. Answers that arrive after stop() change nothing.
// Thread safety: every member may be called from any thread, but start() and stop() from one at a time. wake() and
// progress() do not block. The courier must be destroyed before what it was made with.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/cryptography.h"
#include "core/delivery.h"
#include "core/guarded.h"
#include "jobs/clock.h"
#include "jobs/job.h"
#include "jobs/webhook.h"
#include "run/timers.h"

namespace jobs::run {

// What the courier needs of the engine. Called from one thread at a time; every member may throw.
class Outbox {
 public:
  virtual ~Outbox() = default;

  // Reads what may be sent now.
  virtual DueDeliveries due(const DueQuery& query) = 0;
  // Stores attempts and what follows from them, in one transaction, durably. Returns the hosts that are disabled now.
  virtual std::vector<std::string> record(std::span<const AttemptRecord> attempts) = 0;
  // Empty when the job is not RUNNING, nobody asked for its progress, or its receiver is held back.
  virtual std::optional<ProgressTarget> progress_target(const JobId& job) = 0;
  // Any 64 random bits.
  virtual std::uint64_t random() = 0;
};

struct CourierOptions {
  // Signs with the secrets that the outbox hands out. May be null while it hands out none.
  decltype(Cryptography::sign) sign = nullptr;
  int in_flight_max = 64;
  int per_host_max = 4;
  // Progress reports that wait to be looked at, and that are on their way. More are dropped.
  std::size_t progress_max = 256;
  // Places of a host that progress leaves free.
  int progress_spares = 2;
  // Told when the store fails, after which the courier tries again by itself, and when a receiver is disabled.
  std::function<void(std::string_view message)> log = {};
};

class Courier {
 public:
  Courier(Outbox& outbox, Transport& transport, Clock& clock, CourierOptions options = {});
  ~Courier();
  Courier(const Courier&) = delete;
  Courier& operator=(const Courier&) = delete;

  // Starts a thread that sleeps until something is due. Once.
  void start();
  // Sends nothing more and records what has arrived. Idempotent.
  void stop();
  // Does what is to be done now, and returns when it wants to be called again. An answer or a wake() makes that
  // earlier.
  std::optional<Time> run_once();

  // The outbox holds something new.
  void wake() { timers_.wake_by(Time::min()); }
  // A RUNNING job has come this far. Kept until the next run; a newer report of the same job takes its place.
  void progress(const JobId& job, Progress progress);

 private:
  // An answer on its way from the transport's thread. Progress has ids below zero and is not recorded.
  struct Arrival {
    std::int64_t delivery = 0;
    std::string host = {};
    JobId job = {};
    // Made before this one.
    int attempts = 0;
    Time sent_at = {};
    Time arrived_at = {};
    WebhookResponse response = {};
    // No later attempt can do better.
    bool hopeless = false;
    bool sent = true;
  };
  // What the transport's callbacks reach: it may outlive the courier.
  struct Inbox {
    Mutex mutex;
    std::vector<Arrival> arrivals JOBS_GUARDED_BY(mutex);
    // Null once stopped.
    Timers* wake JOBS_GUARDED_BY(mutex) = nullptr;
    bool open JOBS_GUARDED_BY(mutex) = true;
  };

  void send(WebhookRequest request, Arrival envelope) JOBS_REQUIRES(run_mutex_);
  void send_delivery(DueDelivery&& due, Time now) JOBS_REQUIRES(run_mutex_);
  void send_due(Time now, std::optional<Time>& next) JOBS_REQUIRES(run_mutex_);
  void send_progress(Time now) JOBS_REQUIRES(run_mutex_);
  void take_arrivals() JOBS_REQUIRES(run_mutex_);
  void record() JOBS_REQUIRES(run_mutex_);
  void leave(const Arrival& one) JOBS_REQUIRES(run_mutex_);
  void log(const std::string& message) const;
  int in_flight_at(const std::string& host) const JOBS_REQUIRES(run_mutex_);

  // ---- Set once ----
  Outbox& outbox_;
  Transport& transport_;
  Clock& clock_;
  const CourierOptions options_;

  // ---- Lock for themselves ----
  Timers timers_;
  std::shared_ptr<Inbox> inbox_;
  Mutex progress_mutex_;
  std::unordered_map<JobId, Progress> progress_ JOBS_GUARDED_BY(progress_mutex_);

  // ---- Guarded by run_mutex_ ----
  Mutex run_mutex_;
  InFlight in_flight_ JOBS_GUARDED_BY(run_mutex_);
  int in_flight_count_ JOBS_GUARDED_BY(run_mutex_) = 0;
  // Arrived, but not stored yet. Kept when the store fails.
  std::vector<Arrival> recording_ JOBS_GUARDED_BY(run_mutex_);
  std::string last_host_ JOBS_GUARDED_BY(run_mutex_);
  std::int64_t last_progress_id_ JOBS_GUARDED_BY(run_mutex_) = 0;
  std::unordered_set<JobId> progress_in_flight_ JOBS_GUARDED_BY(run_mutex_);
  // The second of each job's newest report: a second one in it would have the same event id.
  std::unordered_map<JobId, std::chrono::sys_seconds> progress_told_ JOBS_GUARDED_BY(run_mutex_);
  bool stopped_ JOBS_GUARDED_BY(run_mutex_) = false;
};

}  // namespace jobs::run
