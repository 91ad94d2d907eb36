// store/live_counts.h - how many live jobs stand where, counted through the partial indexes: what a live job costs at
// open is under a microsecond, and history costs nothing.
#pragma once

#include <string>
#include <vector>

#include "store/move.h"
#include "store/statement.h"

namespace jobs::store {

struct LiveCount {
  std::int64_t queue = 0;
  // Of ready and running jobs only.
  std::string key = {};
  Place place = Place::ready;
  std::int64_t count = 0;
};

std::vector<LiveCount> count_live(SQLite::Database& database);

}  // namespace jobs::store
