// store/depths.h - what waits in the store: jobs in their queues, and webhooks.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "jobs/transaction.h"

namespace jobsd {

struct QueueDepth {
  // PENDING and due.
  std::int64_t due = 0;
  // PENDING until a moment that has not come.
  std::int64_t scheduled = 0;
  // PENDING until other jobs have ended, or a signal comes.
  std::int64_t waiting = 0;
  std::int64_t running = 0;
};

struct Depths {
  // By queue. Queues without live jobs are left out.
  std::map<std::string, QueueDepth> queues = {};
  std::int64_t deliveries = 0;
};

// Costs a walk over the live jobs and deliveries; history costs nothing.
Depths read_depths(jobs::Reader& reader);

}  // namespace jobsd
