// core/cron.h - when a schedule fires: a cron expression in a time zone, or a fixed interval.
//
//   minute hour day-of-month month day-of-week            "30 2 * * MON-FRI"
//   second minute hour day-of-month month day-of-week     "*/10 * * * * *"
//   @hourly @daily @midnight @weekly @monthly @yearly @annually
//   @every 1h30m                                          so long after the time before; d (24 hours), h, m and s
//
// A field is a list of `*`, `a`, `a-b`, each with an optional step `/n`; `a/n` is from `a` to the field's end. Months
// and days of the week may be named (JAN, MON; either case). Sunday is 0 and 7. `?` is `*`, in the two day fields.
//
// When neither day field begins with `*` or `?`, a day fires that either of them matches; otherwise both must match.
// This is Vixie cron's rule, to the letter of its code: https://man7.org/linux/man-pages/man5/crontab.5.html
//
// L, W and #, which belong to Quartz, are refused, and so is what can never fire, such as 31 February.
//
// When the clocks change:
//  - A local time that is skipped fires once, at the first moment after the gap, as one with what is due then anyway.
//  - A local time that comes twice fires at its first coming only.
//  - A schedule of every hour does neither: it fires whenever its local time comes, so in each hour that passes. Of an
//    hour whose beginning a gap takes (Lord Howe), what stood there fires at the first moment after the gap.
// An interval knows no clocks: it is a length of time.
//
// Thread safety: const objects, safe to share.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/zone.h"
#include "jobs/clock.h"

namespace jobs {

class Cron {
 public:
  // Throws std::invalid_argument, which says which field is wrong and why.
  explicit Cron(std::string_view expression);

  // The first time to fire after `after`. Time::max(): none before the year 10000.
  Time next(Time after, const Zone& zone) const;
  // The last time to fire that next() reaches from `after` and that is not after `until`. Empty: there is none.
  // Costs a few dozen next(), however many times lie between.
  std::optional<Time> last(Time after, Time until, const Zone& zone) const;

  // Whether the fields hold at a time on the wall clock. False for an interval.
  bool matches(std::chrono::local_seconds local) const;

 private:
  bool every_hour() const;
  bool day_matches(std::chrono::local_days day) const;
  // The first time of a day, not before `from`.
  std::optional<std::chrono::seconds> first_in_day(std::chrono::seconds from) const;
  // The first time on the wall clock that matches in [from, until).
  std::optional<std::chrono::local_seconds> first(std::chrono::local_seconds from,
                                                  std::chrono::local_seconds until) const;
  bool fires_after_gap(const Zone::Stretch& stretch, std::chrono::seconds offset_before) const;

  // More than zero: an interval, and the rest is not used.
  std::chrono::seconds interval_ = std::chrono::seconds(0);
  // A set bit: the field allows that number.
  std::uint64_t seconds_ = 1;
  std::uint64_t minutes_ = 0;
  std::uint64_t hours_ = 0;
  std::uint64_t days_ = 0;
  std::uint64_t months_ = 0;
  std::uint64_t weekdays_ = 0;
  bool either_day_ = false;
};

}  // namespace jobs
