// run/read_pool.h - the threads on which asynchronous reads run. Started by the first of them.
//
// Reads that wait when a thread is free share one snapshot: beginning and ending it, with its locks of the file, costs more than
// looking up a job does.
// Thread safety: every member may be called from any thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <thread>
#include <vector>

#include "core/guarded.h"
#include "store/readers.h"

namespace jobs::run {

class ReadPool {
 public:
  // The readers must outlive it.
  ReadPool(store::Readers& readers, int threads) : readers_(readers), threads_wanted_(threads) {}
  // Finishes what waits.
  ~ReadPool();

  struct Read {
    std::function<void(Reader&)> work = {};
    // Called once, on the thread of the read. Must not throw.
    std::function<void(std::exception_ptr)> done = {};
  };
  void post(Read read);

 private:
  void main();
  // Of what waits, the share of one thread.
  std::vector<Read> take() JOBS_REQUIRES(mutex_);
  void run(std::vector<Read>& reads);

  store::Readers& readers_;
  const int threads_wanted_;
  Mutex mutex_;
  std::condition_variable wake_;
  std::deque<Read> waiting_ JOBS_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ JOBS_GUARDED_BY(mutex_);
  bool stopping_ JOBS_GUARDED_BY(mutex_) = false;
};

}  // namespace jobs::run
