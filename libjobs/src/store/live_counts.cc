#include "store/live_counts.h"

namespace jobs::store {

std::vector<LiveCount> count_live(SQLite::Database& database) {
  std::vector<LiveCount> counts;
  const auto add = [&](Place place, const std::string& sql) {
    Statement statement(database, sql);
    auto row = statement();
    while (row.step()) {
      counts.push_back({.queue = row.integer(0), .key = row.text(1), .place = place, .count = row.integer(2)});
    }
  };
  add(Place::ready, "SELECT queue, key, count(*) FROM jobs INDEXED BY jobs_ready WHERE state = 0 AND due = 1 GROUP BY queue, key");
  add(Place::running, "SELECT queue, key, count(*) FROM jobs INDEXED BY jobs_leases WHERE state = 1 GROUP BY queue, key");
  add(Place::scheduled, "SELECT queue, '', count(*) FROM jobs INDEXED BY jobs_scheduled WHERE state = 0 AND due = 0 GROUP BY queue");
  add(Place::waiting, "SELECT queue, '', count(*) FROM jobs INDEXED BY jobs_waiting WHERE state = 0 AND due = 2 GROUP BY queue");
  return counts;
}

}  // namespace jobs::store
