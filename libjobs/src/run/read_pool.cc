#include "run/read_pool.h"

namespace jobs::run {

ReadPool::~ReadPool() {
  {
    const Lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ReadPool::post(std::function<void()> work) {
  const Lock lock(mutex_);
  while (static_cast<int>(threads_.size()) < threads_wanted_) threads_.emplace_back([this] { main(); });
  waiting_.push_back(std::move(work));
  wake_.notify_one();
}

void ReadPool::main() {
  Lock lock(mutex_);
  for (;;) {
    wake_.wait(lock.native(), [this] {
      mutex_.assert_held();
      return stopping_ || !waiting_.empty();
    });
    if (waiting_.empty()) return;
    const auto work = std::move(waiting_.front());
    waiting_.pop_front();
    mutex_.unlock();
    work();
    mutex_.lock();
  }
}

}  // namespace jobs::run
