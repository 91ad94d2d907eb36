#include "store/writer.h"

#include <sqlite3.h>

#include <algorithm>

#include "store/errors.h"

namespace jobs::store {

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
    const Lock lock(mutex_);
    stopping_ = true;
  }
  turn_for_thread_.notify_one();
  thread_.join();
}

void Writer::run(const std::function<void()>& work, Isolation isolation) {
  if (failed_) throw Error(Errc::store_failed, "an earlier commit failed");
  Blocking command(work);
  command.isolation_ = isolation;
  std::uint32_t group = 0;
  {
    Lock lock(mutex_);
    group = group_of_next();
    waiting_.push_back(&command);
    if (!busy_) lead();
  }
  answered_[group % 2].wait_for(group);
  if (command.error_) std::rethrow_exception(command.error_);
}

void Writer::post(std::unique_ptr<Command> command, Isolation isolation) {
  if (failed_) throw Error(Errc::store_failed, "an earlier commit failed");
  command->isolation_ = isolation;
  command->posted_ = true;
  const Lock lock(mutex_);
  if (posted_ >= waiting_max_) throw Error(Errc::overloaded, std::to_string(posted_) + " writes are waiting");
  waiting_.push_back(command.get());
  static_cast<void>(command.release());
  ++posted_;
  if (busy_) return;
  busy_ = thread_leads_ = true;
  turn_for_thread_.notify_one();
}

// Every group takes as many as it may, in the order in which they came, so the place in the queue tells the group.
std::uint32_t Writer::group_of_next() const {
  if (waiting_.size() < room_) return next_group_ - 1;
  return next_group_ + static_cast<std::uint32_t>((waiting_.size() - room_) / group_max_);
}

// Takes the turn for one group. Called with the lock held and nobody in the turn.
void Writer::lead() {
  busy_ = true;
  const std::uint32_t number = next_group_++;
  room_ = group_max_;
  mutex_.unlock();
  const std::size_t posted = run_group(number);
  mutex_.lock();
  posted_ -= posted;
  busy_ = !waiting_.empty();
  if (busy_) thread_leads_ = true;
  if (busy_ || stopping_) turn_for_thread_.notify_one();
}

void Writer::thread_main() {
  Lock lock(mutex_);
  for (;;) {
    turn_for_thread_.wait(lock.native(), [this] {
      mutex_.assert_held();
      return thread_leads_ || (stopping_ && !busy_ && waiting_.empty());
    });
    if (!thread_leads_) return;
    thread_leads_ = false;
    lead();
  }
}

std::size_t Writer::run_group(std::uint32_t number) {
  commit_group();
  std::size_t posted = 0;
  bool blocking = false;
  for (Command* const command : group_) {
    if (!command->posted_) {
      blocking = true;
      continue;
    }
    const std::unique_ptr<Command> owned(command);
    owned->done(owned->error_);
    ++posted;
  }
  group_.clear();
  // From here on the commands are their callers' again.
  answered_[number % 2].reach(number, blocking);
  if (log_pages_ > static_cast<int>(checkpoint_pages_)) checkpoint();
  return posted;
}

// Takes into the group what waits. False when there is nothing, or no room: the group is closed then.
bool Writer::join() {
  const Lock lock(mutex_);
  const std::size_t count = std::min(waiting_.size(), room_);
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
  group_.insert(group_.end(), waiting_.begin(), end);
  waiting_.erase(waiting_.begin(), end);
  room_ = count == 0 ? 0 : room_ - count;
  return count > 0;
}

void Writer::fail_group(std::exception_ptr error) {
  // Those who came since count on being of this group.
  while (join()) {
  }
  for (Command* const command : group_) {
    if (!command->broke_group_) command->error_ = error;
  }
  hooks_.rolled_back();
}

void Writer::commit_group() {
  if (failed_) return fail_group(std::make_exception_ptr(Error(Errc::store_failed, "an earlier commit failed")));
  bool committing = false;
  try {
    begin_().run();
    hooks_.begin();
    for (std::size_t next = 0; join();) {
      while (next < group_.size()) apply(*group_[next++]);
    }
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
    const auto changes = sqlite3_total_changes64(database_.getHandle());
    try {
      command.write();
    } catch (const SQLite::Exception&) {
      throw;
    } catch (...) {
      command.error_ = std::current_exception();
      // A statement that ended the transaction counts as no change.
      if (sqlite3_total_changes64(database_.getHandle()) != changes || sqlite3_get_autocommit(database_.getHandle()) != 0) {
        command.broke_group_ = true;
        throw SQLite::Exception("a transaction of the same commit threw after it had written", SQLITE_ABORT);
      }
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
