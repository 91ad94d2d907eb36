// core/delivery_schedule.h - what becomes of a delivery after an attempt: the whole policy, as a pure function.
//
// A receiver that is briefly away is tried again soon, one that is down for days still gets the event: ten attempts,
// the last about three days after the first. Each wait is spread by a fifth to either side, so that what failed
// together does not come back together. Thread safety: free functions without state.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "jobs/webhook.h"

namespace jobs {

constexpr int delivery_attempts_max = 10;

struct DeliveryOutcome {
  DeliveryState state = DeliveryState::pending;
  // Until the next attempt, while pending.
  std::chrono::milliseconds wait = {};
};

// After the attempt number `attempts` (from 1) got `status` (0: no answer). 2xx is delivered, 410 means that the
// receiver wants no more of it, and anything else, redirects included, is tried again while attempts are left. A
// receiver that asks for patience gets it up to twice the wait it would have had; asking for less changes nothing.
DeliveryOutcome after_attempt(int attempts, int status, std::optional<std::chrono::seconds> retry_after,
                              std::uint64_t random);

}  // namespace jobs
