// store/writer.h - the one place that writes: commands from any thread, committed in groups.
//
// SQLite has no group commit of its own, and an fsync costs more than fifty inserts. So writes queue here; whoever has the
// turn runs all that wait in one transaction, and what comes meanwhile too, and answers them together once it is durable.
//
// Who has the turn: a blocking caller that finds nobody writing leads its own group, which spares two thread switches;
// after one group it passes the turn to the writer thread if more is waiting. Asynchronous writes are led by that thread.
// (leveldb's writers lead in the same way. A thread for everything, the simpler choice, was a third slower for one caller.)
//
// Invariants:
//  1. At most one thread is inside a group; everything reached from Hooks and from a command runs there.
//  2. A command is answered after the commit that carries it, and never "ok" if that commit failed.
//  3. After a commit whose outcome is unknown nothing is written any more.
// Thread safety: every member may be called from any thread.
#pragma once

#include <SQLiteCpp/Database.h>

#include <array>
#include <atomic>
#include <concepts>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "core/guarded.h"
#include "store/epoch.h"
#include "store/statement.h"

namespace jobs::store {

class Writer {
 public:
  // What surrounds each group. All are called inside the turn; only before_commit may throw.
  struct Hooks {
    std::function<void()> begin;
    // The last chance to write in the same transaction.
    std::function<void()> before_commit;
    // Durable now. Called before the commands are answered.
    std::function<void()> committed;
    // Nothing of the group was stored.
    std::function<void()> rolled_back;
    // Marks a point in the group's effects, and forgets what came after it.
    std::function<void()> save;
    std::function<void()> restore;
  };

  // Whether a command that throws may have written something.
  enum class Isolation {
    // It refuses before it writes, if it refuses. If it throws later, or has an error of SQLite's, the whole group fails.
    refuses_first,
    // It may throw at any point: it gets a savepoint.
    savepoint,
  };

  // A write on its way to its group.
  class Command {
   public:
    virtual ~Command() = default;
    // Inside the turn.
    virtual void write() = 0;
    // Inside the turn, after the commit; the exception is null if all went well.
    virtual void done(std::exception_ptr error) = 0;

   private:
    friend class Writer;
    Isolation isolation_ = Isolation::refuses_first;
    std::exception_ptr error_ = {};
    // It is told what it threw, and the others of its group what that did to them.
    bool broke_group_ = false;
    // Owns itself. One that is not is its blocking caller's.
    bool posted_ = false;
  };

  Writer(SQLite::Database& database, Hooks hooks, int group_max, std::size_t waiting_max, std::size_t checkpoint_bytes);
  // Finishes what waits.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Runs `work` in a group and returns when it is durable. What `work` throws comes out here.
  void run(const std::function<void()>& work, Isolation isolation = Isolation::refuses_first);
  // Returns at once. Throws Error: overloaded.
  void post(std::unique_ptr<Command> command, Isolation isolation = Isolation::refuses_first);
  // The same of two callables.
  template <std::invocable<> Work, std::invocable<std::exception_ptr> Done>
  void post(Work work, Done done, Isolation isolation = Isolation::refuses_first);

  // Inside the turn: how many commands the group has.
  std::size_t group_size() const { return group_.size(); }

  // False once a commit has failed with its outcome unknown.
  bool writable() const { return !failed_; }

 private:
  struct Blocking;

  void lead() JOBS_REQUIRES(mutex_);
  std::uint32_t group_of_next() const JOBS_REQUIRES(mutex_);
  void thread_main();
  // Returns how many of the group were posted.
  std::size_t run_group(std::uint32_t number);
  void commit_group();
  bool join();
  void apply(Command& command);
  void checkpoint();
  void fail_group(std::exception_ptr error);

  // ---- Set once ----
  SQLite::Database& database_;
  const Hooks hooks_;
  const std::size_t group_max_;
  const std::size_t waiting_max_;
  const std::size_t checkpoint_pages_;

  // ---- Locks for itself ----
  std::atomic<bool> failed_ = false;
  // The newest group with an even number, and with an odd one, whose callers have their answer. Two, so that those who
  // wait for the next group sleep on when those of this one are woken.
  std::array<Epoch, 2> answered_ = {};

  // ---- Used inside the turn ----
  Statement begin_;
  Statement commit_;
  Statement rollback_;
  Statement savepoint_;
  Statement release_;
  Statement rollback_to_;
  std::vector<Command*> group_;
  int log_pages_ = 0;

  // ---- Guarded by mutex_ ----
  Mutex mutex_;
  std::condition_variable turn_for_thread_;
  std::vector<Command*> waiting_ JOBS_GUARDED_BY(mutex_);
  std::uint32_t next_group_ JOBS_GUARDED_BY(mutex_) = 1;
  // How many of those that wait the group in the turn still takes. 0: it is closed, or there is none.
  std::size_t room_ JOBS_GUARDED_BY(mutex_) = 0;
  // Of those that wait and those in the group.
  std::size_t posted_ JOBS_GUARDED_BY(mutex_) = 0;
  bool busy_ JOBS_GUARDED_BY(mutex_) = false;
  bool thread_leads_ JOBS_GUARDED_BY(mutex_) = false;
  bool stopping_ JOBS_GUARDED_BY(mutex_) = false;

  std::thread thread_;
};

template <std::invocable<> Work, std::invocable<std::exception_ptr> Done>
void Writer::post(Work work, Done done, Isolation isolation) {
  struct Pair final : Command {
    Pair(Work the_work, Done the_done) : work(std::move(the_work)), finished(std::move(the_done)) {}
    void write() override { work(); }
    void done(std::exception_ptr error) override { finished(std::move(error)); }
    Work work;
    Done finished;
  };
  post(std::make_unique<Pair>(std::move(work), std::move(done)), isolation);
}

}  // namespace jobs::store
