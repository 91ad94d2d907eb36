#include "conversations/store/idempotency.h"

#include <algorithm>

#include "conversations/store/values.h"
#include "jobs/error.h"

namespace jobsd::store {
namespace {

jobs::SqlValue oldest_living(jobs::Transaction& tx) { return value(tx.now() - idempotency_key_life); }

}  // namespace

std::optional<SeenKey> find_idempotency_key(jobs::Transaction& tx, const IdempotencyKey& key) {
  std::optional<SeenKey> seen;
  tx.query(
      "SELECT request_hash, job, conversation FROM idempotency_keys WHERE token = ?1 AND key = ?2 AND created_at > ?3",
      {key.token, key.key, oldest_living(tx)}, [&](const jobs::Row& row) {
        seen.emplace();
        const std::string hash = row.blob(0);
        if (hash.size() != seen->request_hash.size()) {
          throw jobs::Error(jobs::Errc::corrupt, "a request hash in the store is not 32 bytes long");
        }
        std::transform(hash.begin(), hash.end(), seen->request_hash.begin(),
                       [](char byte) { return static_cast<std::uint8_t>(byte); });
        seen->job = jobs::JobId(uuid(row, 1));
        seen->conversation = uuid(row, 2);
      });
  return seen;
}

void insert_idempotency_key(jobs::Transaction& tx, const IdempotencyKey& key, const jobs::JobId& job,
                            const jobs::Uuid& conversation) {
  tx.execute(
      "DELETE FROM idempotency_keys WHERE (token, key) IN"
      " (SELECT token, key FROM idempotency_keys WHERE created_at <= ?1 ORDER BY created_at LIMIT 4)",
      {oldest_living(tx)});
  tx.execute(
      "INSERT OR REPLACE INTO idempotency_keys (token, key, request_hash, job, conversation, created_at)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
      {key.token, key.key, jobs::Blob{std::string(key.request_hash.begin(), key.request_hash.end())}, value(job),
       value(conversation), value(tx.now())});
}

}  // namespace jobsd::store
