// jobs/webhook.h - telling a receiver that a job has ended.
//
// The event is stored in the transaction that ends the job (an outbox), and the courier delivers it from there through
// the Transport that the embedder injects: at least once, with an event id that is the same on every attempt.
// A transport decides where a request may go; the engine does not look at addresses.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "jobs/clock.h"
#include "jobs/uuid.h"

namespace jobs {

// A POST to make. The bytes of `body` are the bytes that were signed: send them as they are.
struct WebhookRequest {
  std::string url = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
};

struct WebhookResponse {
  // The HTTP status, or 0 when there was none.
  int status = 0;
  // Why there was no status, for the delivery log. Must not hold secrets.
  std::string error = {};
  // The start of the answer; at most 1 KiB is kept.
  std::string body = {};
  // From Retry-After.
  std::optional<std::chrono::seconds> retry_after = {};
};

// Sends requests for the courier. Thread safety: send() is called from one thread at a time; `done` may be called from any
// thread, also before send() returns, and exactly once for each send().
class Transport {
 public:
  virtual ~Transport() = default;
  virtual void send(WebhookRequest request, std::function<void(WebhookResponse)> done) = 0;
};

enum class DeliveryState : std::uint8_t { pending = 0, delivered = 1, dead = 2 };

// One attempt to deliver an event.
struct DeliveryAttempt {
  Time at = {};
  std::chrono::milliseconds took = {};
  int status = 0;
  std::string error = {};
  std::string body = {};
};

// One event on its way to one receiver, with its log.
struct Delivery {
  std::int64_t id = 0;
  JobId job = {};
  std::string event_id = {};
  std::string url = {};
  DeliveryState state = DeliveryState::pending;
  // The next attempt, while pending.
  Time next_at = {};
  // As of its Endpoint, while pending: until then its receiver is only probed, and since then it is disabled.
  std::optional<Time> held_until = {};
  std::optional<Time> disabled_at = {};
  std::vector<DeliveryAttempt> attempts = {};
};

// What became of the secrets that Engine::rotate_secrets() looked at.
struct SecretRotation {
  // Encrypted with an older key before, and with Options::secret_key now.
  std::int64_t rotated = 0;
  // None of the keys given decrypts them: their deliveries fail until one does.
  std::int64_t unreadable = 0;
};

// Which deliveries Engine::send_again_since() takes: those that match every field that is set.
struct DeliveryFilter {
  std::optional<DeliveryState> state = {};
  // "host:port", as in Endpoint.
  std::optional<std::string> host = {};
};

// A receiver that failed when it was last tried. Deliveries are counted by host, so that one that is down holds up nobody
// else's. An answer of 4xx other than 408 and 429 is no failure of the receiver, but of the one delivery.
struct Endpoint {
  // "host:port", in lower case.
  std::string host = {};
  // The first of the failures in a row.
  Time failing_since = {};
  std::int64_t failures = 0;
  // Set after ten failures in a row: until then nothing is sent there, and then one probe. What waits for it loses no
  // attempt. The distance between probes grows from a minute to an hour.
  std::optional<Time> held_until = {};
  // Set when it has failed for five days: somebody should look. It is probed every six hours, and the first delivery
  // that it takes, or Engine::enable_endpoint(), ends this.
  std::optional<Time> disabled_at = {};
};

}  // namespace jobs
