#include "run/janitor.h"

#include <algorithm>

namespace jobs::run {
namespace {

// Jobs looked at in one write.
constexpr int bite = 100;
// Between two passes; shorter when jobs are kept for a short time.
constexpr std::chrono::milliseconds between_passes = std::chrono::minutes(10);

}  // namespace

std::optional<Time> Janitor::run_once(Time now) {
  if (retention_ <= std::chrono::milliseconds(0)) return std::nullopt;
  if (now < next_) return next_;
  std::optional<std::int64_t> seen;
  writer_.run([&] { seen = jobs_.remove_finished(now - retention_, seen_, bite); });
  seen_ = seen.value_or(0);
  next_ = seen ? now : now + std::min(between_passes, std::max(retention_ / 10, std::chrono::milliseconds(1000)));
  return next_;
}

}  // namespace jobs::run
