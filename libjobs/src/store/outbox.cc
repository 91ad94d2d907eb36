#include "store/outbox.h"

#include "core/receiver_host.h"
#include "core/signing_secrets.h"
#include "core/webhook_body.h"

namespace jobs::store {

OutboxTable::OutboxTable(SQLite::Database& database, Effects& effects, const KeyRing& keys)
    : effects_(effects),
      keys_(keys),
      insert_target_(database,
                     "INSERT INTO webhooks (number, url, secret, metadata, progress) VALUES (?1, ?2, ?3, ?4, ?5)"),
      find_target_(database, "SELECT url, metadata FROM webhooks WHERE number = ?1"),
      insert_event_(database,
                    "INSERT INTO deliveries (job, host, event_id, body, created_at, next_at) VALUES (?1, ?2, ?3, ?4, ?5, ?5)") {}

void OutboxTable::insert_target(const JobId& job, const WebhookTarget& target) {
  std::optional<Blob> secret;
  if (!target.secret.empty()) {
    secret = Blob{keys_.seal(join_secrets({target.secret, target.old_secret}), job.to_string())};
  }
  insert_target_(job.number(), target.url, secret, target.metadata, target.progress).run();
}

void OutboxTable::insert_event(const JobId& job, State state, Time at, const std::string& summary,
                               const Failure* failure) {
  std::string host;
  std::string metadata;
  {
    auto row = find_target_(job.number());
    if (!row.step()) return;
    host = receiver_host(row.text(0));
    metadata = row.text(1);
  }
  insert_event_(job.number(), host, webhook_event_id(job, state, at),
                terminal_webhook_body(job, state, at, summary, failure, metadata), at)
      .run();
  effects_.outbox = true;
}

}  // namespace jobs::store
