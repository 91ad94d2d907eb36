#include "store/epoch.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>

namespace jobs::store {

void Epoch::reach(std::uint32_t number, bool awaited) {
  reached_.store(number, std::memory_order_release);
  if (awaited) ::syscall(SYS_futex, &reached_, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

void Epoch::wait_for(std::uint32_t number) {
  for (;;) {
    const std::uint32_t seen = reached_.load(std::memory_order_acquire);
    if (static_cast<std::int32_t>(seen - number) >= 0) return;
    // Returns at once when the number is no longer the one seen, and now and then without a reason.
    ::syscall(SYS_futex, &reached_, FUTEX_WAIT_PRIVATE, seen, nullptr, nullptr, 0);
  }
}

}  // namespace jobs::store
