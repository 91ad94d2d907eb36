// store/rates.h - the rate limits' memory: one moment for each queue, or key of a queue, that is limited.
//
// GCRA, the virtual scheduling algorithm of ITU-T I.371, annex A: the moment is when the next start would be exactly in time
// if all were evenly spaced. A start may come before it by up to the burst's worth of intervals; each moves it on by one.
// A moment in the past says what an absent one says, so its row is removed, a minute later, many together.
// Used inside the writer's turn only. Only queues with a rate ever ask here.
#pragma once

#include <optional>
#include <string>

#include "jobs/queue.h"
#include "store/effects.h"
#include "store/statement.h"

namespace jobs::store {

class RateTable {
 public:
  RateTable(SQLite::Database& database, Effects& effects);

  // When the next start conforms: at once if that is not after `now`. '' is the queue as a whole.
  Time conforms_at(std::int64_t queue, const std::string& key, const Rate& rate, Time now);
  // Counts a start that conforms.
  void count(std::int64_t queue, const std::string& key, const Rate& rate, Time now);

  // Takes one bite of the rows that say nothing any more.
  void remove_passed(Time now);
  // When remove_passed() has something to do. Empty: never.
  std::optional<Time> next_timer();
  // Forgets what was learned in a transaction that was rolled back.
  void forget() { earliest_ = Time::min(); }

 private:
  // In nanoseconds since 1970: the stored moment, or `now` if that is later. One that `rate` cannot have left behind counts
  // as a burst that has just been used up but for one start.
  std::int64_t moment(std::int64_t queue, const std::string& key, const Rate& rate, Time now);

  Effects& effects_;
  Statement find_;
  Statement store_;
  Statement remove_;
  Statement next_;
  // No row's moment is earlier. Time::min(): not known.
  Time earliest_ = Time::min();
};

}  // namespace jobs::store
