// core/guarded.h - a mutex, and the words that say what it guards, so that a compiler can hold us to them.
//
//   Mutex mutex_;
//   std::deque<Work> waiting_ JOBS_GUARDED_BY(mutex_);
//
// Clang's thread safety analysis (https://clang.llvm.org/docs/ThreadSafetyAnalysis.html) then finds each access without the
// lock; other compilers see nothing. The standard mutex of libstdc++ carries no such words, hence one of our own around it.
// The analysis looks at one function at a time: a lambda that runs under the lock says so with assert_held().
#pragma once

#include <mutex>

#if defined(__clang__)
#define JOBS_THREAD_SAFETY(words) __attribute__((words))
#else
#define JOBS_THREAD_SAFETY(words)
#endif
// A field that is read and written only under the lock.
#define JOBS_GUARDED_BY(mutex) JOBS_THREAD_SAFETY(guarded_by(mutex))
// A function that is called only under the lock.
#define JOBS_REQUIRES(mutex) JOBS_THREAD_SAFETY(requires_capability(mutex))
// A function that takes the lock itself.
#define JOBS_EXCLUDES(mutex) JOBS_THREAD_SAFETY(locks_excluded(mutex))

namespace jobs {

class JOBS_THREAD_SAFETY(capability("mutex")) Mutex {
 public:
  // For a stretch within a Lock that must not hold it: unlock(), then lock() again before the Lock ends.
  void lock() JOBS_THREAD_SAFETY(acquire_capability()) { mutex_.lock(); }
  void unlock() JOBS_THREAD_SAFETY(release_capability()) { mutex_.unlock(); }
  void assert_held() const JOBS_THREAD_SAFETY(assert_capability(this)) {}

 private:
  friend class Lock;
  std::mutex mutex_;
};

class JOBS_THREAD_SAFETY(scoped_lockable) Lock {
 public:
  explicit Lock(Mutex& mutex) JOBS_THREAD_SAFETY(acquire_capability(mutex)) : lock_(mutex.mutex_) {}
  ~Lock() JOBS_THREAD_SAFETY(release_capability()) {}
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  // For a condition variable or a Clock, which hold it again when they return.
  std::unique_lock<std::mutex>& native() { return lock_; }

 private:
  std::unique_lock<std::mutex> lock_;
};

}  // namespace jobs
