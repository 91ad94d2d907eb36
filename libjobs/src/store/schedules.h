// store/schedules.h - the schedules table: storing what the clock submits, and firing what is due.
//
// Used inside the writer's turn only, but for the functions below, which read. A firing is one step of the transaction
// that the writer has open: its jobs, and the move to the next moment, are both stored or neither is.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/key_ring.h"
#include "jobs/schedule.h"
#include "store/effects.h"
#include "store/jobs.h"
#include "store/statement.h"

namespace jobs::store {

class ScheduleTable {
 public:
  // `opened`: a firing due before is one that was missed.
  ScheduleTable(SQLite::Database& database, Effects& effects, JobTable& jobs, const Options& options,
                const KeyRing& keys, Time opened);

  // Stores it, or changes the one of that name. While expression and time zone stay, so does its next moment.
  void store(const Schedule& schedule, Time now);
  // False: there is no such schedule.
  bool remove(std::string_view name);
  bool pause(std::string_view name);
  // Firings that would have been meanwhile are dropped.
  bool resume(std::string_view name, Time now);

  // Fires what is due. Returns what an operator should know: a schedule that can no longer be fired is paused.
  std::vector<std::string> fire(Time now);
  // Seals the secrets of up to a hundred schedules again, of those after row `after`, and adds to `done`. Returns the last row
  // it looked at; empty when there is no more.
  std::optional<std::int64_t> rotate_secrets(std::int64_t after, SecretRotation& done);
  // When fire() has something to do. Empty: never.
  std::optional<Time> next_timer();

 private:
  struct Due {
    std::int64_t id = 0;
    std::string name = {};
    std::string definition = {};
    Time at = {};
  };
  void fire(const Due& due, const Schedule& schedule, Time now);
  bool has_live_job(std::int64_t schedule);

  Effects& effects_;
  JobTable& jobs_;
  const Options& options_;
  const KeyRing& keys_;
  const Time opened_;

  Statement find_;
  Statement insert_;
  Statement change_;
  Statement remove_;
  Statement pause_;
  Statement resume_;
  Statement due_;
  Statement moved_;
  Statement made_;
  Statement mark_job_;
  Statement live_;
  Statement after_;
  Statement redefine_;
  Statement next_timer_;
};

// Throws std::invalid_argument for a schedule that no engine with these options can take.
void validate(const Schedule& schedule, const Options& options);

// All schedules by name, or the one of that name.
std::vector<ScheduleStatus> read_schedules(Reader& reader, const std::optional<std::string>& name = {});

}  // namespace jobs::store
