// store/picker.h - which job of a queue runs next: whose turn it is, and whether pause, limits, rates and order let it.
//
// Priority and number order the jobs within one key; between keys only the turns do. Jobs without a key take their turn
// together, as one key that only the limits of the queue hold: a queue without keys runs by priority, then number.
// Used inside the writer's turn only.
#pragma once

#include <optional>
#include <string>

#include "store/queues.h"
#include "store/rates.h"
#include "store/turns.h"

namespace jobs::store {

class Picker {
 public:
  Picker(SQLite::Database& database, Effects& effects, QueueTable& queues, Turns& turns);

  struct Pick {
    std::string key = {};
    // How many of the key's ready jobs may start, by priority and number.
    int count = 0;
    // The one job that may start, in a queue that keeps the order.
    std::optional<std::int64_t> number = {};
  };
  // The start of each picked job must follow, before the next pick. Its rates are counted here.
  std::optional<Pick> next(std::int64_t queue, int limit, Time now);

  RateTable& rates() { return rates_; }

 private:
  QueueTable& queues_;
  Turns& turns_;
  RateTable rates_;
  Statement first_;
};

}  // namespace jobs::store
