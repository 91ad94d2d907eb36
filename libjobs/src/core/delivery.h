// core/delivery.h - what the outbox hands to the courier, and gets back from it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "jobs/webhook.h"

namespace jobs {

// A delivery whose next attempt may be made.
struct DueDelivery {
  std::int64_t id = 0;
  JobId job = {};
  std::string event_id = {};
  std::string url = {};
  // receiver_host() of the URL.
  std::string host = {};
  std::string body = {};
  // JobSpec::trace.
  std::string trace = {};
  // Signs the request; empty: unsigned.
  std::string secret = {};
  // Why there is no secret although one is stored. The attempt fails with these words.
  std::string secret_error = {};
  // Made so far.
  int attempts = 0;
};

// The ids of the deliveries on their way, by host.
using InFlight = std::map<std::string, std::set<std::int64_t>, std::less<>>;

struct DueQuery {
  Time now = {};
  const InFlight& in_flight;
  // In flight and returned together, for each host.
  int per_host_max = 4;
  // Returned.
  int limit = 64;
  // Where the last look ended, when it could not return all: hosts take turns.
  std::string after_host = {};
};

struct DueDeliveries {
  std::vector<DueDelivery> deliveries = {};
  std::string last_host = {};
  // When the next of those that wait will be due, or the next probe of a receiver that is held back.
  std::optional<Time> next_at = {};
};

// What an attempt met with, and what follows from it.
struct AttemptRecord {
  std::int64_t delivery = 0;
  DeliveryAttempt attempt = {};
  DeliveryState state = DeliveryState::pending;
  Time next_at = {};
  // False: the request never left, which says nothing of its receiver.
  bool sent = true;
};

// Where the progress of a RUNNING job is told.
struct ProgressTarget {
  std::string url = {};
  std::string secret = {};
  std::string metadata = {};
  std::string trace = {};
};

}  // namespace jobs
