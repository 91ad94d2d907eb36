// store/epoch.h - a number that rises, and threads that sleep until it has come to theirs.
//
// One system call wakes all who wait. It stands on Linux's futex and not on std::atomic::wait, since that of libstdc++ gives
// up the processor four times before it sleeps: with 64 waiting threads that is most of what a group of writes costs.
// A thread that is woken finds out by itself whether its number has come; numbers wrap round.
//
// Thread safety: every member may be called from any thread, reach() from one at a time.
#pragma once

#include <atomic>
#include <cstdint>

namespace jobs::store {

class Epoch {
 public:
  // `number` has come. Ends the wait of all who wait for it or for less, unless nobody does (`awaited` is false), which
  // spares the call.
  void reach(std::uint32_t number, bool awaited);
  // Returns when reach() was called with `number` or more. What was done before that is visible then.
  void wait_for(std::uint32_t number);

 private:
  static_assert(std::atomic<std::uint32_t>::is_always_lock_free && sizeof(std::atomic<std::uint32_t>) == 4,
                "the kernel looks at the number itself");
  std::atomic<std::uint32_t> reached_ = 0;
};

}  // namespace jobs::store
