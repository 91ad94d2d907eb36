#include "run/timers.h"

#include <algorithm>

namespace jobs::run {

void Timers::start() {
  const std::lock_guard lock(mutex_);
  if (running_) return;
  running_ = true;
  stopping_ = false;
  next_ = Time::min();
  thread_ = std::thread([this] { main(); });
}

void Timers::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (!running_) return;
    running_ = false;
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Timers::wake_by(Time at) {
  const std::lock_guard lock(mutex_);
  if (at >= next_) return;
  next_ = at;
  wake_.notify_all();
}

void Timers::main() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (clock_.now() < next_) {
      clock_.wait_until(lock, wake_, next_);
      continue;
    }
    next_ = Time::max();
    lock.unlock();
    const std::optional<Time> next = run_once_();
    lock.lock();
    if (next) next_ = std::min(next_, *next);
  }
}

}  // namespace jobs::run
