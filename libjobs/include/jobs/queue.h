// jobs/queue.h - how the jobs of one queue are run, and what can be read about a queue.
//
//   jobs::Options options{.path = "app.db",
//                         .queues = {{"mail", {.workers = 8, .key_concurrency = 2, .key_rate = {.count = 100, .per = 1min}}}}};
//
// A queue has its own workers. Within it, jobs of different keys (JobSpec::key) take turns: a key with a thousand jobs and a
// key with one are served one after the other, so that nobody waits behind another's thousand.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace jobs {

// Which events of a queue's jobs are stored. What is not stored is not told to subscribers either, and has no number. Webhooks,
// states and failures do not depend on it.
enum class EventsKept : std::uint8_t {
  all,
  // Only completed, failed and cancelled.
  terminal,
  none,
};

// How long finished jobs are kept. Empty: as Options::retention says. Zero: for ever.
struct Retention {
  std::optional<std::chrono::milliseconds> complete = {};
  std::optional<std::chrono::milliseconds> failed = {};
  std::optional<std::chrono::milliseconds> cancelled = {};
};

// `count` starts in each `per` in the long run. After a pause up to `burst` of them start at once and the others follow
// evenly spaced, so a single `per` sees at most count + burst - 1. Kept across restarts.
// The rule is GCRA, the virtual scheduling algorithm of ITU-T I.371, annex A: https://www.itu.int/rec/T-REC-I.371
struct Rate {
  // Zero: no limit. At most one in a microsecond.
  int count = 0;
  // 1 ms to 366 days.
  std::chrono::milliseconds per = std::chrono::seconds(1);
  // Zero: as many as `count`, the most there can be. 1: evenly spaced, and never more than `count` in any `per`.
  int burst = 0;
};

struct QueueOptions {
  // Threads that run handlers of this queue. Zero: the queue is only claimed by hand.
  int workers = 4;

  // ---- Limits. Runs that are claimed by hand count too. ----

  // Runs at the same time. Zero: no limit but the workers.
  int concurrency = 0;
  // Of starts: a retry counts again.
  Rate rate = {};
  // The same for each key by itself. Jobs without a key are not limited by these.
  int key_concurrency = 0;
  Rate key_rate = {};
  // The jobs of one key run one at a time, in the order of submission: the next starts when the one before is terminal, also
  // when that one waits for a retry. Priority does not count then. Jobs without a key are not ordered.
  bool ordered = false;

  // ---- What is kept ----

  EventsKept events = EventsKept::all;
  Retention retention = {};
};

// How long something took, in buckets whose bounds double. To the millisecond, since that is what the engine's times have.
struct Histogram {
  static constexpr std::size_t size = 24;
  // What bucket `i` counts took less than this, and no less than the bound before. The last bucket has no bound: it counts
  // all the rest, whatever is not below 4,194,304 ms (70 minutes).
  static constexpr std::chrono::milliseconds bound(std::size_t i) { return std::chrono::milliseconds(std::int64_t{1} << i); }

  std::array<std::int64_t, size> buckets = {};
  std::int64_t count = 0;
  std::chrono::milliseconds sum = {};
};

// What happened in a queue over some time.
struct Throughput {
  std::int64_t submitted = 0;
  std::int64_t started = 0;
  // Attempts that failed and whose job will be tried again.
  std::int64_t retried = 0;
  std::int64_t completed = 0;
  std::int64_t failed = 0;
  std::int64_t cancelled = 0;
};

// A queue at one moment, from counters that the engine moves with each commit: reading it scans nothing.
struct QueueStatistics {
  std::string queue = {};
  bool paused = false;

  // ---- Jobs now ----

  // Due: they may start, or could if it were not for a limit, an order or a pause.
  std::int64_t ready = 0;
  // Waiting for a moment: run_at, a delay, a retry.
  std::int64_t scheduled = 0;
  // Waiting for other jobs or for a signal.
  std::int64_t waiting = 0;
  std::int64_t running = 0;
  // How long the oldest of the ready jobs that are next has been due. Next is the first of each key and priority; the
  // first thousand of these are looked at. Zero: nothing is ready.
  std::chrono::milliseconds oldest_ready = {};

  // ---- What happened ----

  Throughput since_open = {};
  // The last 60 seconds of the clock.
  Throughput last_minute = {};
  // From due to started, and from started to the end of the attempt. Since the engine was opened.
  Histogram wait = {};
  Histogram run = {};
};

}  // namespace jobs
