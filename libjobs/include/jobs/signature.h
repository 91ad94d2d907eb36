// jobs/signature.h - signing a webhook, and checking the signature of one that arrived.
//
// Two forms over the same bytes, so that both kinds of ready-made verifier work:
//   X-Omni-Signature      "sha256=" + hex(HMAC-SHA256(secret, timestamp + "." + body))
//   webhook-signature     "v1," + base64(HMAC-SHA256(key, id + "." + timestamp + "." + body)), of Standard Webhooks
//                         (https://github.com/standard-webhooks/standard-webhooks), where key is the base64 after
//                         "whsec_" if the secret has that prefix, else the secret's bytes.
// Thread safety: free functions without state.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jobs/clock.h"

namespace jobs {

// The value of X-Omni-Signature.
std::string omni_signature(std::string_view secret, std::string_view timestamp, std::string_view body);

// The value of webhook-signature. A secret "whsec_…" whose rest is not base64 throws std::invalid_argument.
std::string standard_signature(std::string_view secret, std::string_view id, std::string_view timestamp,
                               std::string_view body);

// All signature headers of one attempt made at `now`; the timestamp is in unix seconds. With an `old_secret`, while it is being
// replaced, webhook-signature holds a signature of each, separated by a space. X-Omni-Signature holds one, of `secret`: its
// receivers compare it as a whole.
std::vector<std::pair<std::string, std::string>> signature_headers(std::string_view secret, std::string_view event_id,
                                                                   std::string_view body, Time now,
                                                                   std::string_view old_secret = {});

enum class [[nodiscard]] Verdict {
  ok,
  // A header is missing or has a form that no sender of ours makes.
  malformed,
  // The timestamp is more than the tolerance away from now, in either direction.
  stale,
  // No secret gives this signature.
  mismatch,
};

// What arrived. For the Omni form leave `id` empty; for the Standard Webhooks form it is the webhook-id header.
// `signature` may hold several Standard Webhooks signatures separated by spaces, as during a rotation.
struct SignedMessage {
  std::string_view id = {};
  std::string_view timestamp = {};
  std::string_view signature = {};
  std::string_view body = {};
};

// Checks `message` against every secret, in constant time for each. Several secrets are valid during a rotation.
Verdict verify_signature(const SignedMessage& message, std::span<const std::string> secrets, Time now,
                         std::chrono::seconds tolerance = std::chrono::minutes(5));

}  // namespace jobs
