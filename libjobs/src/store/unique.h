// store/unique.h - who holds a unique key: the live job that has it, or a job whose period has not passed.
//
// A live job holds its key by its own row. A period has a row of its own, because it outlasts the job; rows that have passed
// are removed a minute later, so that many short periods are cleared away together.
// Used inside the writer's turn only.
#pragma once

#include <optional>
#include <string>

#include "store/effects.h"
#include "store/statement.h"

namespace jobs::store {

class UniqueKeys {
 public:
  UniqueKeys(SQLite::Database& database, Effects& effects);

  struct Holder {
    JobId job = {};
    bool pending = false;
  };
  std::optional<Holder> find(const std::string& key, Time now);
  void hold_until(const std::string& key, const JobId& job, Time until);
  // Ends a key's period, if it has one.
  void end_period(const std::string& key);

  // Takes one bite of the periods that have passed.
  void remove_passed(Time now);
  // When remove_passed() has something to do. Empty: never.
  std::optional<Time> next_timer();
  // Forgets what was learned in a transaction that was rolled back.
  void forget() { earliest_ = Time::min(); }

 private:
  void look();

  Effects& effects_;
  Statement live_;
  Statement in_period_;
  Statement hold_;
  Statement end_;
  Statement remove_;
  Statement next_;
  // No period ends before. Time::min(): not known; Time::max(): there is none.
  Time earliest_ = Time::min();
};

}  // namespace jobs::store
