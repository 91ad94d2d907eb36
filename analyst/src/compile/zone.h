// compile/zone.h - an IANA time zone: between UTC and the clock on a user's wall.
//
// Thread safety: const objects, safe to share. The time zone database is read once per process.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "date/date.h"

namespace date {
class time_zone;
}

namespace analyst {

class Zone {
 public:
  // Throws Error(bad_query) when there is no such zone.
  explicit Zone(const std::string& name);

  // The zone never differs from UTC.
  bool is_utc() const { return utc_; }

  date::local_seconds to_local(date::sys_seconds instant) const;
  // A wall-clock time that a change of the clock skips is the instant of the change; one that it repeats is the first.
  date::sys_seconds to_utc(date::local_seconds local) const;

  // From `starts` on, until the next one starts, the wall clock is `offset` seconds ahead of UTC.
  struct Offset {
    date::sys_seconds starts;
    std::int64_t offset;
  };
  // The offsets in force between two instants, the first being the one in force at `from`.
  std::vector<Offset> offsets(date::sys_seconds from, date::sys_seconds until) const;

 private:
  const date::time_zone* zone_;
  bool utc_;
};

}  // namespace analyst
