// jobs/schedule.h - jobs that are submitted by the clock.
//
//   engine.schedule({.name = "nightly", .expression = "0 3 * * *", .time_zone = "Europe/Berlin", .job = {.kind = "report"}});
//
// A firing inserts its job in the transaction that moves the schedule to its next moment, so each firing makes exactly one
// job however often the process restarts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "jobs/clock.h"
#include "jobs/job.h"

namespace jobs {

// What becomes of firings that were missed, because no engine ran.
enum class CatchUp : std::uint8_t {
  // They are dropped.
  none,
  // One job for all of them, as if the last one had been in time.
  latest,
  // One job each, the oldest first, at most Schedule::catch_up_max. What is more is dropped.
  all,
};

// What a firing does while a job of the same schedule is PENDING or RUNNING.
enum class Overlap : std::uint8_t {
  allow,
  // The firing makes no job.
  skip,
};

struct Schedule {
  // Names it. 1 to 255 bytes.
  std::string name = {};
  // Cron: minute hour day-of-month month day-of-week, with seconds in front if there are six fields; @hourly, @daily,
  // @weekly, @monthly, @yearly; or "@every 90s" (d, h, m, s), counted from the moment it was stored. Lists, ranges, steps
  // and names (JAN, MON) as in Vixie cron, and so is the rule for its two day fields: when neither begins with `*`, a day
  // fires that either matches. https://man7.org/linux/man-pages/man5/crontab.5.html
  std::string expression = {};
  // An IANA name. A local time that daylight saving skips fires once, at the first moment after the gap; one that comes
  // twice fires the first time. A schedule of every hour fires in each hour that passes instead.
  std::string time_zone = "UTC";
  // What is submitted. Its run_at, delay and after stay empty. A job without metadata of its own gets
  // {"schedule": name, "time": when it was due, in milliseconds since 1970}.
  JobSpec job = {};
  CatchUp catch_up = CatchUp::latest;
  // 1 to 1000.
  int catch_up_max = 100;
  Overlap overlap = Overlap::allow;
  // Whether it begins paused. Of a schedule that is there already, pause_schedule() and resume_schedule() decide.
  bool paused = false;
};

// A stored schedule.
struct ScheduleStatus {
  // Without the webhook's secret, which is never handed out.
  Schedule schedule = {};
  // Empty while paused.
  std::optional<Time> next_at = {};
  // The moment of the newest firing, whether it made a job or not.
  std::optional<Time> last_at = {};
  // The newest job it made, while that is kept.
  std::optional<JobId> last_job = {};
};

}  // namespace jobs
