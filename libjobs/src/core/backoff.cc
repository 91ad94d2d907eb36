#include "core/backoff.h"

#include <algorithm>

namespace jobs {

std::chrono::milliseconds backoff(const RetryPolicy& policy, int failures, std::uint64_t random) {
  if (policy.kind == RetryPolicy::Kind::fixed) return policy.base;
  const std::int64_t cap = policy.cap.count();
  std::int64_t most = std::min(policy.base.count(), cap);
  for (int i = 1; i < failures && most < cap; ++i) most = most > cap / 2 ? cap : most * 2;
  if (most <= 0) return std::chrono::milliseconds(0);
  return std::chrono::milliseconds(random % (static_cast<std::uint64_t>(most) + 1));
}

}  // namespace jobs
