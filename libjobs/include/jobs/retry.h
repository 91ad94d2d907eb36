// jobs/retry.h - how often a failed job runs again, and when.
#pragma once

#include <chrono>

namespace jobs {

// The wait before attempt n+1 is a random time between zero and min(cap, base * 2^(n-1)): exponential backoff with full
// jitter, which spreads the retries of jobs that failed together.
// Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
struct RetryPolicy {
  enum class Kind { exponential, fixed };

  Kind kind = Kind::exponential;
  std::chrono::milliseconds base = std::chrono::seconds(1);
  std::chrono::milliseconds cap = std::chrono::hours(1);
};

}  // namespace jobs
