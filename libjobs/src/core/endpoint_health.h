// core/endpoint_health.h - how a receiver that fails is spared: the whole policy, as a pure function.
//
// A few failures are what each delivery's own schedule is for (core/delivery_schedule.h). After `failures_tolerated` in a
// row the receiver itself is taken to be down: nothing is sent there but one probe at a time, at growing distances, and
// whatever waits for it keeps its attempts. What goes to other receivers is not touched. After days of that it is called
// disabled, so that somebody looks; probes go on, seldom. The first answer of a receiver that works ends all of it.
// Thread safety: free functions without state.
#pragma once

#include <chrono>
#include <cstdint>

#include "jobs/clock.h"

namespace jobs {

// A delivery that is alone with its receiver makes its ten attempts without ever being held back.
constexpr std::int64_t failures_tolerated = 10;
constexpr std::chrono::hours disabled_after = std::chrono::hours(24 * 5);

struct EndpointOutcome {
  // Nothing but one probe is sent there before.
  Time retry_at = {};
  bool disabled = false;
};

// Whether an HTTP status is what a receiver that works says of one request: it is not allowed, not there, gone. A host may be
// shared, and whoever gives an address there that does not exist must not hold up what others send. 408 and 429 are of a
// receiver that cannot keep up.
bool refuses_one(int status);

// After `failures` in a row (from 1), of which the first was at `failing_since`. The wait doubles from one minute to an hour,
// and is six hours once disabled, each spread by a fifth to either side.
EndpointOutcome after_failure(std::int64_t failures, Time failing_since, Time now, std::uint64_t random);

}  // namespace jobs
