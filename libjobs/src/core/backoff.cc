#include "core/backoff.h"

#include <algorithm>
#include <exception>

namespace jobs {

std::chrono::milliseconds bounded_span(std::chrono::milliseconds span) {
  return std::clamp(span, std::chrono::milliseconds(0), span_max);
}

std::chrono::milliseconds backoff(const RetryPolicy& policy, int failures, std::uint64_t random) {
  if (policy.kind == RetryPolicy::Kind::fixed) return policy.base;
  const std::int64_t cap = policy.cap.count();
  std::int64_t most = std::min(policy.base.count(), cap);
  for (int i = 1; i < failures && most < cap; ++i) most = most > cap / 2 ? cap : most * 2;
  if (most <= 0) return std::chrono::milliseconds(0);
  return std::chrono::milliseconds(random % (static_cast<std::uint64_t>(most) + 1));
}

RetryPolicy settled(const RetryPolicy& policy, int failures, Failure& failure, std::string& problem) {
  RetryPolicy plain = {.kind = policy.kind, .base = policy.base, .cap = policy.cap};
  if (std::find(policy.never.begin(), policy.never.end(), failure.code) != policy.never.end()) failure.retry = false;
  if (!policy.wait || !failure.retry) return plain;
  try {
    if (const auto wait = policy.wait(failures, failure)) {
      plain.kind = RetryPolicy::Kind::fixed;
      plain.base = bounded_span(*wait);
    } else {
      failure.retry = false;
    }
    return plain;
  } catch (const std::exception& error) {
    problem = error.what();
  } catch (...) {
    problem = "something that is no exception";
  }
  return {};
}

}  // namespace jobs
