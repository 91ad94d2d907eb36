#include "run/read_pool.h"

namespace jobs::run {

ReadPool::~ReadPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ReadPool::post(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  while (static_cast<int>(threads_.size()) < threads_wanted_) threads_.emplace_back([this] { main(); });
  waiting_.push_back(std::move(work));
  wake_.notify_one();
}

void ReadPool::main() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const auto work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    work();
    lock.lock();
  }
}

}  // namespace jobs::run
