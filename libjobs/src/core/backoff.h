// core/backoff.h - how long a failed job waits.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "jobs/retry.h"

namespace jobs {

// The longest that anything is put off: 100 years of 365 days.
constexpr std::chrono::milliseconds span_max = std::chrono::hours(24) * 365 * 100;

// `span` between nothing and span_max.
std::chrono::milliseconds bounded_span(std::chrono::milliseconds span);

// The wait after the `failures`-th failure (from 1), with the random part taken from `random`. Asks no function of the
// policy's: see settled().
std::chrono::milliseconds backoff(const RetryPolicy& policy, int failures, std::uint64_t random);

// What `policy` says of this failure, as one whose wait backoff() can tell. Sets failure.retry to false when it is not to be
// tried again. Calls the embedder's function, so never inside the writer's turn; `problem` is set to what that threw.
RetryPolicy settled(const RetryPolicy& policy, int failures, Failure& failure, std::string& problem);

}  // namespace jobs
