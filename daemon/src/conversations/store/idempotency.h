// conversations/store/idempotency.h - which requests were seen in the last 24 hours, and what they were answered.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "conversations/conversations.h"

namespace jobsd::store {

struct SeenKey {
  std::array<std::uint8_t, 32> request_hash = {};
  jobs::JobId job = {};
  jobs::Uuid conversation = {};
};

// Empty also when the key is there but has expired.
std::optional<SeenKey> find_idempotency_key(jobs::Transaction& tx, const IdempotencyKey& key);

// Replaces an expired key of the same name, and removes a few other expired ones: more than one for each that comes in, so
// that the table stays as small as a day's keys without a sweep that would hold up the writer.
void insert_idempotency_key(jobs::Transaction& tx, const IdempotencyKey& key, const jobs::JobId& job,
                            const jobs::Uuid& conversation);

}  // namespace jobsd::store
