#include "store/depths.h"

namespace jobsd {

// Each statement has the literal predicate of one of the engine's partial indexes.
Depths read_depths(jobs::Reader& reader) {
  Depths depths;
  reader.query(
      "SELECT q.name, count(*) FROM jobs j JOIN queues q ON q.id = j.queue WHERE j.state = 0 AND j.due = 1 GROUP BY j.queue",
      {}, [&](const jobs::Row& row) { depths.queues[row.text(0)].due = row.integer(1); });
  reader.query(
      "SELECT q.name, count(*) FROM jobs j JOIN queues q ON q.id = j.queue WHERE j.state = 0 AND j.due = 0 GROUP BY j.queue",
      {}, [&](const jobs::Row& row) { depths.queues[row.text(0)].scheduled = row.integer(1); });
  reader.query(
      "SELECT q.name, count(*) FROM jobs j JOIN queues q ON q.id = j.queue WHERE j.state = 0 AND j.due = 2 GROUP BY j.queue",
      {}, [&](const jobs::Row& row) { depths.queues[row.text(0)].waiting = row.integer(1); });
  reader.query("SELECT q.name, count(*) FROM jobs j JOIN queues q ON q.id = j.queue WHERE j.state = 1 GROUP BY j.queue", {},
               [&](const jobs::Row& row) { depths.queues[row.text(0)].running = row.integer(1); });
  reader.query("SELECT count(*) FROM deliveries WHERE state = 0", {},
               [&](const jobs::Row& row) { depths.deliveries = row.integer(0); });
  return depths;
}

}  // namespace jobsd
