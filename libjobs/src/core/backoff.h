// core/backoff.h - how long a failed job waits.
#pragma once

#include <chrono>
#include <cstdint>

#include "jobs/retry.h"

namespace jobs {

// The wait after the `failures`-th failure (from 1), with the random part taken from `random`.
std::chrono::milliseconds backoff(const RetryPolicy& policy, int failures, std::uint64_t random);

}  // namespace jobs
