#include "run/timers.h"

#include <algorithm>

namespace jobs::run {

void Timers::start() {
  const Lock lock(mutex_);
  if (running_) return;
  running_ = true;
  stopping_ = false;
  next_ = Time::min();
  thread_ = std::thread([this] { main(); });
}

void Timers::stop() {
  {
    const Lock lock(mutex_);
    if (!running_) return;
    running_ = false;
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Timers::wake_by(Time at) {
  const Lock lock(mutex_);
  if (at >= next_) return;
  next_ = at;
  wake_.notify_all();
}

void Timers::main() {
  Lock lock(mutex_);
  while (!stopping_) {
    if (clock_.now() < next_) {
      clock_.wait_until(lock.native(), wake_, next_);
      continue;
    }
    next_ = Time::max();
    mutex_.unlock();
    const std::optional<Time> next = run_once_();
    mutex_.lock();
    if (next) next_ = std::min(next_, *next);
  }
}

}  // namespace jobs::run
