// jobs/job.h - what a job is: what is submitted, what can be read back, and the events of its life.
//
//               submit                  claim                   complete
//                 |        +---------+           +---------+                +----------+
//                 +------->| PENDING |---------->| RUNNING |--------------->| COMPLETE |
//                          +---------+           +---------+                +----------+
//                            |    ^                |  |  |        fail      +----------+
//                            |    |  retry, hand   |  |  +----------------->|  FAILED  |
//                            |    +----- back -----+  |                     +----------+
//                            |                        |       cancel        +-----------+
//                            +------------------------+-------------------->| CANCELLED |
//                                                                           +-----------+
// Engine::retry_now() takes a FAILED or CANCELLED job back to PENDING. Nothing leaves COMPLETE.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/clock.h"
#include "jobs/uuid.h"

namespace jobs {

enum class State : std::uint8_t { pending = 0, running = 1, complete = 2, failed = 3, cancelled = 4 };

constexpr bool is_terminal(State state) { return state >= State::complete; }
// "PENDING", "RUNNING", "COMPLETE", "FAILED", "CANCELLED".
std::string_view to_string(State state);
std::optional<State> parse_state(std::string_view text);

// Where a job's webhook goes. The body and the signature are described in jobs/webhook.h.
struct WebhookTarget {
  std::string url = {};
  // Signs each request. Stored encrypted with Options::secret_key, and never handed out again. Empty: no signature.
  std::string secret = {};
  // While the receiver changes to `secret`: the one before, which signs as well (jobs/signature.h). Kept in the same way.
  std::string old_secret = {};
  // JSON text, echoed to the receiver byte for byte. Empty: null.
  std::string metadata = {};
  // Also send progress, at most once each and without retry.
  bool progress = false;
};

// What a submission does when another job holds its unique_key.
enum class OnConflict : std::uint8_t {
  // It makes no job, and returns the one that holds the key.
  existing,
  // It makes no job, and says so.
  refuse,
  // A holder that is PENDING is cancelled by "replaced", and the new job takes its key, in one commit. One that has been
  // started, or has ended, is returned.
  replace_pending,
};

// What becomes of a job when one that it comes after does not complete.
enum class AfterFailure : std::uint8_t {
  // It is FAILED with "dependency_failed", without having run.
  fail = 0,
  run = 1,
};

// What to submit.
struct JobSpec {
  // ---- What to run ----

  // Names the handler. Required, at most 255 bytes.
  std::string kind = {};
  // What the handler is given. The engine never looks inside. At most Options::payload_bytes_max.
  std::string payload = {};
  // A queue has its own workers. At most 255 bytes.
  std::string queue = "default";
  // Whose job it is: a tenant, a customer, a device. The keys of a queue take turns, and each can have limits of its own
  // (jobs/queue.h). UTF-8, at most 255 bytes. Empty: no key; such jobs take their turn together.
  std::string key = {};
  // The embedder's own note on the job, returned with it. The engine never looks inside.
  std::string metadata = {};
  // Words by which list() finds the job. UTF-8; at most 16, each 1 to 255 bytes. Repeats count once.
  std::vector<std::string> tags = {};
  // The caller's trace context, handed to the handler as it came. At most 512 bytes. A W3C traceparent is also sent with the
  // job's webhooks (jobs/trace.h).
  std::string trace = {};

  // ---- When ----

  // Higher runs first among the jobs of the same queue and key; equal ones run in the order of submission. It brings no
  // key its turn earlier.
  int priority = 0;
  // Not before this moment. Empty: at once.
  std::optional<Time> run_at = {};
  // Not before so long after the submission, by the engine's clock. At most 100 years. Not together with run_at.
  std::chrono::milliseconds delay = std::chrono::milliseconds(0);
  // So long after the submission it has ended, or becomes FAILED with "deadline_exceeded": at once while it is PENDING; while
  // it is RUNNING, its stop token is raised and whatever its run then reports comes too late. No retry waits beyond it.
  // Longer than `delay`, at most 100 years. Zero: none.
  std::chrono::milliseconds deadline = std::chrono::milliseconds(0);
  // Not before all of these jobs are terminal. They must exist: Errc::no_such_job. At most open_jobs_max. What became of
  // them is in Context::dependencies(); none is removed by retention before this job is terminal too.
  std::vector<JobId> after = {};
  AfterFailure after_failure = AfterFailure::fail;

  // ---- How often ----

  // At most one PENDING or RUNNING job holds this key. At most 255 bytes. Empty: no such rule.
  std::string unique_key = {};
  // Holds the key for at least so long from the submission, whatever becomes of the job. At most 100 years.
  std::chrono::milliseconds unique_for = std::chrono::milliseconds(0);
  OnConflict on_conflict = OnConflict::existing;
  // Runs that may end in failure before the job is FAILED. At least 1.
  int max_attempts = 3;
  // How long one attempt may run before its stop token is raised and it counts as failed. At most 100 years. Zero: no limit.
  std::chrono::milliseconds time_limit = std::chrono::milliseconds(0);

  // ---- Whom to tell ----

  std::optional<WebhookTarget> webhook = {};
};

// What submit() did.
struct Submitted {
  enum class Outcome : std::uint8_t {
    created,
    // Another job holds the key. Nothing was written.
    existing,
    // The same, and the submission asked for OnConflict::refuse.
    refused,
    // The job was made in the place of `holder`, which is CANCELLED.
    replaced,
  };

  Outcome outcome = Outcome::created;
  // The job that stands for the submission: the new one, or the one that holds the key. Nil when it was refused.
  JobId id = {};
  // Who held the key; nil when nobody did. A key that is held for a period may outlive its job.
  JobId holder = {};

  // Whether `id` is a new job.
  bool created() const { return outcome == Outcome::created || outcome == Outcome::replaced; }
  operator JobId() const { return id; }
};

struct Progress {
  int iteration = 0;
  std::string message = {};
  Time at = {};
};

// Why an attempt, or the whole job, failed. Thrown by a handler to fail its attempt with a code of its own.
struct Failure {
  // Stable and machine-readable.
  std::string code = {};
  // For a person. Must not hold secrets: it is stored, returned and sent to webhooks. 255 bytes of the code, 4 KiB of the
  // message and 16 KiB of the detail are kept.
  std::string message = {};
  std::string detail = {};
  // False: do not try again, whatever max_attempts says.
  bool retry = true;
};

// Why one attempt failed.
struct AttemptFailure {
  int attempt = 0;
  Time at = {};
  Failure failure = {};
};

// What retry_now() did.
enum class [[nodiscard]] RetryNow {
  // The job waited for its moment, or for its retry, and is due now.
  due,
  // It was FAILED or CANCELLED, and is PENDING again, with at least one more attempt.
  revived,
  // Nothing: it is RUNNING, due already, or waits for something other than time; or it has just ended, and the many that
  // wait for its end are still being told.
  unchanged,
  // Nothing: it is COMPLETE, and stays so.
  complete,
  // Nothing: another job holds its unique key.
  key_held,
};

// What a handler returns.
struct Result {
  // A short text for people; it goes into the webhook.
  std::string summary = {};
  // The whole result, read with Engine::output(). The engine never looks inside.
  std::string output = {};
};

// A job as it was at one moment.
struct Job {
  JobId id = {};
  std::string kind = {};
  std::string queue = {};
  std::string key = {};
  std::string payload = {};
  std::string metadata = {};
  // In the order of the alphabet.
  std::vector<std::string> tags = {};
  std::string trace = {};
  int priority = 0;

  State state = State::pending;
  // How often it was claimed. Rises with each claim and never falls: it is what fences a run.
  int attempt = 0;
  // Claims that were handed back and so do not count against max_attempts.
  int attempts_returned = 0;
  int max_attempts = 0;
  std::chrono::milliseconds time_limit = {};

  Time created_at = {};
  Time updated_at = {};
  Time run_at = {};
  // When it becomes FAILED if it has not ended.
  std::optional<Time> deadline = {};
  // The start of the newest attempt.
  std::optional<Time> started_at = {};
  // Set in a terminal state.
  std::optional<Time> finished_at = {};

  std::optional<Progress> progress = {};
  // Set once cancel() was accepted, also while the run is still winding down.
  bool cancel_requested = false;
  std::string cancelled_by = {};
  // COMPLETE only.
  std::string summary = {};
  // The failure of the newest attempt, or of the job in FAILED.
  std::optional<Failure> failure = {};

  // The job whose handler submitted this one.
  std::optional<JobId> parent = {};
  // How many of the jobs that it comes after, or submitted, are not terminal yet.
  int open_jobs = 0;
  // The name of the signal it waits for.
  std::string awaits = {};
};

// What happened to a job. Stored in the transaction that made it so.
enum class EventType : std::uint8_t {
  created = 0,
  started = 1,
  progress = 2,
  step = 3,
  retry = 4,
  completed = 5,
  failed = 6,
  cancelled = 7,
  returned = 8,
};
std::string_view to_string(EventType type);

struct Event {
  // Strictly rising over the whole file.
  std::int64_t id = 0;
  JobId job = {};
  EventType type = EventType::created;
  Time at = {};
  int attempt = 0;
  // JSON text: progress {"iteration","message"}; step {"name"}, or {"signal"} for one that came; retry and failed
  // {"code","message","detail"}, without a detail that is empty, and of the code "retry_now" when somebody asked for it;
  // returned {"waits_for","name"} for a run that was suspended; else empty.
  std::string data = {};
};

// Selects jobs for list(): those that match every field that is set.
struct JobFilter {
  std::optional<State> state = {};
  std::optional<std::string> queue = {};
  std::optional<std::string> kind = {};
  std::optional<std::string> tag = {};
  // Only jobs submitted before this one: the last id of the page before.
  std::optional<JobId> before = {};
  // 1 to 1000.
  int limit = 20;
};

}  // namespace jobs
