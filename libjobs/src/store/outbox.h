// store/outbox.h - webhooks on their way: written with the transition they tell of, emptied by the courier.
#pragma once

#include <string>

#include "core/key_ring.h"
#include "jobs/job.h"
#include "jobs/webhook.h"
#include "store/effects.h"
#include "store/statement.h"

namespace jobs::store {

// Writes the outbox. Used inside the writer's turn only.
class OutboxTable {
 public:
  OutboxTable(SQLite::Database& database, Effects& effects, const KeyRing& keys);

  // Where the webhook of a new job goes. Its secret is sealed for this job alone.
  void insert_target(const JobId& job, const WebhookTarget& target);
  // Stores the event that tells of a job's end.
  void insert_event(const JobId& job, State state, Time at, const std::string& summary, const Failure* failure);

 private:
  Effects& effects_;
  const KeyRing& keys_;
  Statement insert_target_;
  Statement find_target_;
  Statement insert_event_;
};

}  // namespace jobs::store
