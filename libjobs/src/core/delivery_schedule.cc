#include "core/delivery_schedule.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace jobs {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

// The wait after the first attempt, the second, and so on.
constexpr std::array<milliseconds, delivery_attempts_max - 1> kWaits = {5s, 5min, 30min, 2h, 5h, 10h, 14h, 20h, 24h};

milliseconds spread(milliseconds wait, std::uint64_t random) {
  const milliseconds fifth = wait / 5;
  const auto width = static_cast<std::uint64_t>(2 * fifth.count()) + 1;
  return wait - fifth + milliseconds(static_cast<std::int64_t>(random % width));
}

}  // namespace

DeliveryOutcome after_attempt(int attempts, int status, std::optional<std::chrono::seconds> retry_after,
                              std::uint64_t random) {
  if (status >= 200 && status < 300) return {.state = DeliveryState::delivered};
  if (status == 410 || attempts >= delivery_attempts_max) return {.state = DeliveryState::dead};
  const milliseconds wait = kWaits[static_cast<std::size_t>(std::max(attempts, 1) - 1)];
  // Cut while still in seconds: what a receiver asks for may be more than fits in milliseconds.
  const auto most = std::chrono::ceil<std::chrono::seconds>(2 * wait);
  const auto asked = std::clamp(retry_after.value_or(0s), std::chrono::seconds(0), most);
  return {.state = DeliveryState::pending, .wait = std::max(spread(wait, random), milliseconds(asked))};
}

}  // namespace jobs
