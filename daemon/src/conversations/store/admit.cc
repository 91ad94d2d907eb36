// Submitting a question: one transaction for the key, the conversation, the engine's job and its row.
//
// The order matters. The key is looked at first, since a repeated request must get its first answer even while that job is
// still active. Nothing is written before the engine has accepted the job: a refusal leaves no trace.
#include "conversations/conversations.h"
#include "conversations/store/idempotency.h"
#include "conversations/store/values.h"

namespace jobsd {
namespace {

using Outcome = Admission::Outcome;

struct Place {
  std::int64_t number = 0;
  jobs::Uuid id = {};
};

std::optional<Place> continued_place(jobs::Transaction& tx, const NewJob& job) {
  std::optional<Place> place;
  tx.query("SELECT number FROM conversations WHERE number = ?1 AND id = ?2 AND organization = ?3 AND user IS ?4",
           {job.continued->number(), store::value(*job.continued), store::value(job.ask.organization),
            store::value(job.ask.user)},
           [&](const jobs::Row& row) { place = Place{row.integer(0), *job.continued}; });
  return place;
}

Place new_place(jobs::Transaction& tx) {
  Place place;
  tx.query("SELECT coalesce(max(number), 0) + 1 FROM conversations", {},
           [&](const jobs::Row& row) { place.number = row.integer(0); });
  place.id = jobs::Uuid::from_number(place.number, tx.random());
  return place;
}

void store_place(jobs::Transaction& tx, const NewJob& job, const Place& place) {
  const auto now = store::value(tx.now());
  if (job.continued) {
    tx.execute("UPDATE conversations SET updated_at = ?2 WHERE number = ?1", {place.number, now});
  } else {
    tx.execute(
        "INSERT INTO conversations (number, id, organization, user, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
        {place.number, store::value(place.id), store::value(job.ask.organization), store::value(job.ask.user), now});
  }
}

}  // namespace

Admission admit(jobs::Transaction& tx, const PreparedJob& prepared) {
  const NewJob& job = prepared.job;
  if (job.key) {
    if (const auto seen = store::find_idempotency_key(tx, *job.key)) {
      if (seen->request_hash != job.key->request_hash) return {.outcome = Outcome::key_reused};
      return {.outcome = Outcome::replayed, .job = seen->job, .conversation = seen->conversation};
    }
  }

  Place place;
  if (job.continued) {
    const auto found = continued_place(tx, job);
    if (!found) return {.outcome = Outcome::no_conversation};
    place = *found;
  } else {
    place = new_place(tx);
  }

  const jobs::Submitted submitted = tx.submit({.kind = std::string(answer_kind),
                                               .payload = Ask::whole_payload(prepared.payload_start, place.id),
                                               .trace = job.trace,
                                               // By its number, which rises: ids would each write a page of the index.
                                               .unique_key = "conversation/" + std::to_string(place.number),
                                               .max_attempts = job.max_attempts,
                                               .time_limit = job.time_limit,
                                               .webhook = job.webhook});
  if (!submitted.created()) return {.outcome = Outcome::active_job};

  store_place(tx, job, place);
  tx.execute(
      "INSERT INTO ai_jobs (number, id, conversation, organization, user, model, branch, topic)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
      {submitted.id.number(), store::value(submitted.id), place.number, store::value(job.ask.organization),
       store::value(job.ask.user), store::value(job.ask.model), store::value(job.ask.branch),
       job.ask.topic.empty() ? jobs::SqlValue(nullptr) : jobs::SqlValue(job.ask.topic)});
  if (job.key) store::insert_idempotency_key(tx, *job.key, submitted.id, place.id);
  return {.outcome = Outcome::created, .job = submitted.id, .conversation = place.id};
}

}  // namespace jobsd
