// run/read_pool.h - the threads on which asynchronous reads run. Started by the first of them.
// Thread safety: every member may be called from any thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace jobs::run {

class ReadPool {
 public:
  explicit ReadPool(int threads) : threads_wanted_(threads) {}
  // Finishes what waits.
  ~ReadPool();

  void post(std::function<void()> work);

 private:
  void main();

  const int threads_wanted_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> waiting_;
  std::vector<std::thread> threads_;
  bool stopping_ = false;
};

}  // namespace jobs::run
