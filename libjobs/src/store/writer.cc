#include "store/writer.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>

#include "store/errors.h"

namespace jobs::store {

// Where a blocking caller waits: one a thread.
//
// The callers of a group wake each other as a tree: the one with the turn wakes the first and goes on to the next group,
// and each that wakes wakes two more. Waking sixty-four threads costs more than the fsync they waited for.
struct Writer::Parker {
  std::mutex mutex = {};
  std::condition_variable wake_up = {};
  bool answered = false;
  std::array<Parker*, 2> wakes = {};

  static Parker& mine() {
    static thread_local Parker parker;
    return parker;
  }

  void wait() {
    {
      std::unique_lock lock(mutex);
      wake_up.wait(lock, [this] { return answered; });
    }
    for (Parker* const next : wakes) {
      if (next != nullptr) next->wake();
    }
  }

  void wake() {
    // Notified under the lock: once it is free, the thread may go and take its parker with it.
    const std::lock_guard lock(mutex);
    answered = true;
    wake_up.notify_one();
  }
};

struct Writer::Blocking final : Command {
  explicit Blocking(const std::function<void()>& the_work) : work(the_work) {}
  void write() override { work(); }
  void done(std::exception_ptr) override {}
  const std::function<void()>& work;
};

Writer::Writer(SQLite::Database& database, Hooks hooks, int group_max, std::size_t waiting_max,
               std::size_t checkpoint_bytes)
    : database_(database),
      hooks_(std::move(hooks)),
      group_max_(static_cast<std::size_t>(group_max)),
      waiting_max_(waiting_max),
      checkpoint_pages_(checkpoint_bytes / 4096),
      begin_(database, "BEGIN IMMEDIATE"),
      commit_(database, "COMMIT"),
      rollback_(database, "ROLLBACK"),
      savepoint_(database, "SAVEPOINT command"),
      release_(database, "RELEASE command"),
      rollback_to_(database, "ROLLBACK TO command") {
  sqlite3_wal_hook(
      database.getHandle(),
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<Writer*>(self)->log_pages_ = pages;
        return SQLITE_OK;
      },
      this);
  thread_ = std::thread([this] { thread_main(); });
}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  turn_for_thread_.notify_one();
  thread_.join();
}

void Writer::run(const std::function<void()>& work, Isolation isolation) {
  if (failed_) throw Error(Errc::store_failed, "an earlier commit failed");
  Parker& parker = Parker::mine();
  parker.answered = false;
  parker.wakes = {};
  Blocking command(work);
  command.isolation_ = isolation;
  command.parker_ = &parker;
  {
    std::unique_lock lock(mutex_);
    waiting_.push_back(&command);
    if (!busy_) lead(lock);
  }
  parker.wait();
  if (command.error_) std::rethrow_exception(command.error_);
}

void Writer::post(std::unique_ptr<Command> command, Isolation isolation) {
  if (failed_) throw Error(Errc::store_failed, "an earlier commit failed");
  command->isolation_ = isolation;
  const std::lock_guard lock(mutex_);
  if (posted_ >= waiting_max_) throw Error(Errc::overloaded, std::to_string(posted_) + " writes are waiting");
  waiting_.push_back(command.get());
  static_cast<void>(command.release());
  ++posted_;
  if (busy_) return;
  busy_ = thread_leads_ = true;
  turn_for_thread_.notify_one();
}

// Takes the turn for one group. Called with the lock held and nobody in the turn.
void Writer::lead(std::unique_lock<std::mutex>& lock) {
  busy_ = true;
  if (waiting_.size() <= group_max_) {
    group_.swap(waiting_);
  } else {
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(group_max_);
    group_.assign(waiting_.begin(), end);
    waiting_.erase(waiting_.begin(), end);
  }
  lock.unlock();
  const std::size_t posted = run_group();
  lock.lock();
  posted_ -= posted;
  busy_ = !waiting_.empty();
  if (busy_) thread_leads_ = true;
  if (busy_ || stopping_) turn_for_thread_.notify_one();
}

void Writer::thread_main() {
  std::unique_lock lock(mutex_);
  for (;;) {
    turn_for_thread_.wait(lock, [this] { return thread_leads_ || (stopping_ && !busy_ && waiting_.empty()); });
    if (!thread_leads_) return;
    thread_leads_ = false;
    lead(lock);
  }
}

std::size_t Writer::run_group() {
  commit_group();
  std::size_t posted = 0;
  parked_.clear();
  for (Command* const command : group_) {
    if (command->parker_ != nullptr) {
      parked_.push_back(command->parker_);
      continue;
    }
    const std::unique_ptr<Command> owned(command);
    owned->done(owned->error_);
    ++posted;
  }
  group_.clear();
  for (std::size_t i = 0; i < parked_.size(); ++i) {
    for (std::size_t child = 2 * i + 1; child <= 2 * i + 2 && child < parked_.size(); ++child) {
      parked_[i]->wakes[child - 2 * i - 1] = parked_[child];
    }
  }
  // From here on the commands are their callers' again.
  if (!parked_.empty()) parked_.front()->wake();
  if (log_pages_ > static_cast<int>(checkpoint_pages_)) checkpoint();
  return posted;
}

void Writer::fail_group(std::exception_ptr error) {
  for (Command* const command : group_) command->error_ = error;
  hooks_.rolled_back();
}

void Writer::commit_group() {
  if (failed_) return fail_group(std::make_exception_ptr(Error(Errc::store_failed, "an earlier commit failed")));
  bool committing = false;
  try {
    begin_().run();
    hooks_.begin();
    for (Command* const command : group_) apply(*command);
    hooks_.before_commit();
    committing = true;
    commit_().run();
  } catch (const SQLite::Exception& fault) {
    const Error error = to_error(fault);
    // A full disk is noticed before the commit's last frame is whole, so nothing was committed. After any other fault
    // of a COMMIT, an fsync's above all, nobody knows, and a second COMMIT would lie (https://lwn.net/Articles/752063/).
    if (committing && error.code() != Errc::disk_full) failed_ = true;
    if (!failed_ && sqlite3_get_autocommit(database_.getHandle()) == 0) {
      try {
        rollback_().run();
      } catch (const SQLite::Exception&) {
        failed_ = true;
      }
    }
    return fail_group(failed_ ? std::make_exception_ptr(Error(Errc::store_failed, error.what()))
                              : std::make_exception_ptr(error));
  }
  hooks_.committed();
}

void Writer::apply(Command& command) {
  if (command.isolation_ == Isolation::refuses_first) {
    try {
      command.write();
    } catch (const SQLite::Exception&) {
      throw;
    } catch (...) {
      command.error_ = std::current_exception();
    }
    return;
  }
  savepoint_().run();
  hooks_.save();
  try {
    command.write();
    release_().run();
  } catch (...) {
    command.error_ = std::current_exception();
    hooks_.restore();
    // Some faults make SQLite give up the transaction itself; the group has failed then.
    if (sqlite3_get_autocommit(database_.getHandle()) != 0) throw SQLite::Exception("the transaction was given up", SQLITE_IOERR);
    rollback_to_().run();
    release_().run();
    try {
      std::rethrow_exception(command.error_);
    } catch (const SQLite::Exception& fault) {
      command.error_ = std::make_exception_ptr(to_error(fault));
    } catch (...) {
    }
  }
}

void Writer::checkpoint() {
  // PASSIVE waits for nobody. The log starts again at its beginning once no reader needs what is in it.
  sqlite3_wal_checkpoint_v2(database_.getHandle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  log_pages_ = 0;
}

}  // namespace jobs::store
