#include "jobs/clock.h"

#include <algorithm>

namespace jobs {
namespace {

class SystemClock : public Clock {
 public:
  Time now() const override { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }

  void wait_until(std::unique_lock<std::mutex>& lock, std::condition_variable& wake, Time until) override {
    // Waits are measured on the steady clock and cut into minutes, so that a wall clock that is set is noticed.
    const auto wait = until - now();
    if (wait <= std::chrono::milliseconds(0)) return;
    wake.wait_for(lock, std::min<std::chrono::milliseconds>(wait, std::chrono::minutes(1)));
  }
};

}  // namespace

Clock& system_clock() {
  static SystemClock* const clock = new SystemClock;  // never destroyed: threads may outlive static destruction
  return *clock;
}

}  // namespace jobs
