// core/zone.h - an IANA time zone: how far the clock on a wall is ahead of UTC, and until when.
//
// A thin wrapper over Howard Hinnant's date library (https://howardhinnant.github.io/date/tz.html), because GCC 12 has
// no time zones in <chrono>. "UTC" needs no database, so that a machine without one can keep schedules too. Thread
// safety: const objects, safe to share. The machine's time zone database is read once per process, when first asked.
#pragma once

#include <chrono>
#include <string>

namespace date {
class time_zone;
}

namespace jobs {

class Zone {
 public:
  // Throws std::invalid_argument when there is no such zone.
  explicit Zone(const std::string& name = "UTC");

  // A stretch of time through which the wall clock is `offset` ahead of UTC.
  struct Stretch {
    std::chrono::sys_seconds begin;
    std::chrono::sys_seconds end;
    std::chrono::seconds offset;
  };
  // The stretch that `instant` lies in: begin <= instant < end.
  Stretch at(std::chrono::sys_seconds instant) const;

 private:
  const date::time_zone* zone_ = nullptr;
};

}  // namespace jobs
