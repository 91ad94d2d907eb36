#include "core/endpoint_health.h"

#include <algorithm>

namespace jobs {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstWait = std::chrono::minutes(1);
constexpr milliseconds kLongestWait = std::chrono::hours(1);
constexpr milliseconds kDisabledWait = std::chrono::hours(6);

milliseconds spread(milliseconds wait, std::uint64_t random) {
  const milliseconds fifth = wait / 5;
  const auto width = static_cast<std::uint64_t>(2 * fifth.count()) + 1;
  return wait - fifth + milliseconds(static_cast<std::int64_t>(random % width));
}

}  // namespace

bool refuses_one(int status) { return status >= 400 && status < 500 && status != 408 && status != 429; }

EndpointOutcome after_failure(std::int64_t failures, Time failing_since, Time now, std::uint64_t random) {
  if (failures < failures_tolerated) return {.retry_at = now};
  if (now - failing_since >= disabled_after) return {.retry_at = now + spread(kDisabledWait, random), .disabled = true};
  // Six doublings reach the longest.
  const auto doublings = std::min<std::int64_t>(failures - failures_tolerated, 6);
  return {.retry_at = now + spread(std::min(kFirstWait * (std::int64_t{1} << doublings), kLongestWait), random)};
}

}  // namespace jobs
