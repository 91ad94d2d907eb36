// run/read_pool.h - the threads on which asynchronous reads run. Started by the first of them.
// Thread safety: every member may be called from any thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "core/guarded.h"

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
  Mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> waiting_ JOBS_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ JOBS_GUARDED_BY(mutex_);
  bool stopping_ JOBS_GUARDED_BY(mutex_) = false;
};

}  // namespace jobs::run
