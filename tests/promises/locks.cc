// What Clang finds when the words of core/guarded.h are not kept.
#include "core/guarded.h"

class Account {
 public:
  void take() JOBS_EXCLUDES(mutex_) {
#ifdef A_FIELD_IS_CHANGED_WITHOUT_ITS_LOCK
    --money_;
#else
    const jobs::Lock lock(mutex_);
    take_under_lock();
#endif
  }

  void take_twice() JOBS_EXCLUDES(mutex_) {
#ifdef A_FUNCTION_IS_CALLED_WITHOUT_THE_LOCK_IT_NEEDS
    take_under_lock();
#endif
    const jobs::Lock lock(mutex_);
#ifdef A_LOCK_IS_TAKEN_TWICE
    take();
#endif
    take_under_lock();
  }

 private:
  void take_under_lock() JOBS_REQUIRES(mutex_) { --money_; }

  jobs::Mutex mutex_;
  int money_ JOBS_GUARDED_BY(mutex_) = 0;
};

int main() {
  Account account;
  account.take();
  account.take_twice();
}
