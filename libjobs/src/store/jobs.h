// store/jobs.h - the jobs table: submitting, claiming, finishing. Which job runs next is for store/picker.h to say.
//
// Used inside the writer's turn only. Each member makes one transition, with its event and its outbox row, in the
// transaction that the writer has open; what is refused (a lost lease, a live key) is refused before anything is written,
// so that no member leaves half of itself behind.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "jobs/claim.h"
#include "jobs/engine.h"
#include "jobs/flow.h"
#include "jobs/retry.h"
#include "store/effects.h"
#include "store/events.h"
#include "store/failures.h"
#include "store/flow.h"
#include "store/notices.h"
#include "store/outbox.h"
#include "store/picker.h"
#include "store/queues.h"
#include "store/statement.h"
#include "store/steps.h"
#include "store/turns.h"
#include "store/unique.h"

namespace jobs::store {

// A payload up to this long lives in its job's row; a longer one would be rewritten with each change of the row.
constexpr std::size_t inline_payload_bytes = 2048;

class JobTable {
 public:
  JobTable(SQLite::Database& database, Effects& effects, OutboxTable& outbox, QueueTable& queues, Turns& turns,
           std::function<std::uint64_t()>& random);

  // Whom to tell what happens. Null: nobody.
  void observe(Notices* notices) { notices_ = notices; }
  // Which events are stored. All, until this is called.
  void keep_events(const std::map<std::string, QueueOptions>& queues) { events_.keep(queues); }

  Submitted insert(const JobSpec& spec, Time now);

  // Up to `limit` due jobs of a queue, now RUNNING. Fewer than `limit`: the queue has no more that may start.
  std::vector<Job> claim(std::int64_t queue, int limit, Time now, Time lease_until, bool outside);

  Finish complete(const JobId& job, int attempt, const Result& result, Time now);
  Finish fail(const JobId& job, int attempt, const Failure& failure, const RetryPolicy& policy, Time now);
  Finish release(const JobId& job, int attempt, std::chrono::milliseconds delay, Time now);
  Finish renew(const JobId& job, int attempt, Time lease_until, Time now);
  Finish progress(const JobId& job, int attempt, int iteration, std::string_view message, Time now);
  Finish store_step(const JobId& job, int attempt, std::string_view name, std::string_view result, Time now);

  // Ends the run, whose job is due again when what it waits for has come.
  Finish suspend(const JobId& job, int attempt, const Suspension& wait, Time now);
  // Stores the failure of a step whose tries are spent, so that a later run of this attempt meets the same.
  Finish spend_step(const JobId& job, int attempt, std::string_view name, const Failure& failure, Time now);
  // The child of that name, made if there is none. Empty: the lease is lost.
  std::optional<JobId> submit_child(const JobId& parent, int attempt, std::string_view name, const JobSpec& spec, Time now);
  Signalled signal(const JobId& job, std::string_view name, std::string_view payload, Time now);
  // Throws Error no_such_job, as insert() would. For calls that insert several.
  void check_after(const JobSpec& spec) { static_cast<void>(find_before(spec)); }
  bool exists(const JobId& job) { return find(job).has_value(); }

  // Empty: no such job. RUNNING: the run was told to stop.
  std::optional<State> cancel(const JobId& job, std::string_view by, Time now);

  // Empty: no such job.
  std::optional<RetryNow> retry_now(const JobId& job, Time now);

  // Makes jobs due whose time, or whose wait, is over, and notes the queues that a rate lets go on.
  void promote(Time now);
  // Fails the waiting jobs whose deadline has passed.
  void expire_deadlines(Time now);
  // Clears away unique keys whose period has passed.
  void expire_keys(Time now) { keys_.remove_passed(now); }
  // Clears away what rates no longer need to remember.
  void expire_rates(Time now) { picker_.rates().remove_passed(now); }
  // Takes back the runs whose lease has ended.
  void expire_leases(Time now);
  // Takes back the runs of a process that is gone. At open.
  void recover(Time now);

  // When one of the members that take a moment alone has something to do. Empty: never.
  std::optional<Time> next_timer();

  // Forgets what was learned in a transaction that was rolled back.
  void forget();

 private:
  // What a transition needs to know of a job.
  struct Live {
    JobId id = {};
    State state = State::pending;
    int attempt = 0;
    int returned = 0;
    int max_attempts = 0;
    std::int64_t queue = 0;
    std::int64_t last_event = 0;
    int webhook = 0;
    bool cancel_requested = false;
    std::optional<Time> deadline = {};
    std::string key = {};
    Place place = Place::ready;
    std::optional<Time> started_at = {};
    bool has_dependents = false;
    int open_jobs = 0;
  };
  // A job that ended, and those that wait for it do not know yet.
  struct Ended {
    JobId id = {};
    State state = State::complete;
  };
  std::optional<Live> find(const JobId& job);
  // The job if `attempt` is its current run.
  std::optional<Live> current(const JobId& job, int attempt);
  void end(const Live& job, State state, Time now, const std::string& summary, const Failure* failure);
  void end_cancelled(const Live& job, Time now);
  // Ends a run that may not report as it likes any more: its job was cancelled, or is past its deadline. `own` is the failure
  // that the run reports. Empty: it may.
  std::optional<Finish> end_if_over(const Live& job, Time now, const Failure* own = nullptr);
  // Every change of a job's place comes by here.
  void move(const Live& job, Place to, Time now, bool retried = false);
  std::vector<Job> start(const Picker::Pick& pick, std::int64_t queue, Time now, Time lease_until, bool outside);
  // A waiting job has this deadline.
  void watch_deadline(std::optional<Time> deadline);
  // What a PENDING job waits for: a signal, until a moment, or (without a name) its open jobs.
  struct Hold {
    std::optional<std::string> awaits = {};
    std::optional<Time> until = {};
  };
  // PENDING again from RUNNING.
  void put_back(const Live& job, EventType why, const std::string& data, Time run_at, Time now, int returned,
                const std::string* failure, const Hold* hold = nullptr);
  // PENDING again from FAILED or CANCELLED.
  RetryNow revive(const Live& job, Time now);
  void lose(const Live& job, const char* code, const char* message, Time now);

  // ---- waits.cc ----
  void suspend_for(const Live& job, const WaitUntil& what, Time now);
  void suspend_for(const Live& job, const WaitForSignal& what, Time now);
  void suspend_for(const Live& job, const WaitForChildren& what, Time now);
  void suspend_for(const Live& job, const StepFailed& what, Time now);
  void end_waits(Time now);

  // ---- settle.cc ----
  // The jobs that one to be inserted comes after.
  std::vector<Live> find_before(const JobSpec& spec);
  void come_after(const JobId& job, const std::vector<Live>& before, const JobSpec& spec, std::int64_t queue, Time run_at,
                  Time now);
  void ended(const JobId& job, State state, Time now);
  void settle(Time now);
  void settle_rest(Time now);
  void tell_dependents(const Ended& job, int& left, Time now);
  void cancel_children(const JobId& parent, int& left, Time now);
  // From `due` = 2.
  void wake(std::int64_t job, std::int64_t queue, const std::string& key, Time run_at, Time now);

  static Live read_live(const Statement::Use& row);
  static std::vector<Live> collect(Statement::Use row);

  SQLite::Database& database_;
  Effects& effects_;
  EventTable events_;
  OutboxTable& outbox_;
  QueueTable& queues_;
  Turns& turns_;
  Picker picker_;
  StepTable steps_;
  UniqueKeys keys_;
  FailureTable failures_;
  FlowTable flow_;
  std::function<std::uint64_t()>& random_;
  Notices* notices_ = nullptr;

  Statement insert_;
  Statement insert_tag_;
  Statement insert_payload_;
  Statement insert_result_;
  Statement find_;
  Statement due_;
  Statement by_number_;
  Statement start_;
  Statement end_;
  Statement put_back_;
  Statement renew_;
  Statement progress_;
  Statement step_;
  Statement request_cancel_;
  Statement scheduled_;
  Statement make_due_;
  Statement overdue_;
  Statement next_deadline_;
  Statement make_due_now_;
  Statement ended_;
  Statement revive_;
  Statement ended_leases_;
  Statement orphans_;
  Statement next_timer_;

  std::int64_t newest_ = 0;
  // No waiting job has an earlier deadline. Time::min(): not known.
  Time earliest_deadline_ = Time::min();

  // Empty between two commands.
  std::deque<Ended> to_tell_;
  bool settling_ = false;
  // Not later than the moment at which the file has something for settle_rest(), and for end_waits().
  Time settle_at_ = Time::min();
  Time waits_until_ = Time::min();
};

// The moment that is stored for a sleep. Throws std::invalid_argument when it is the result of a step.
Time stored_moment(std::string_view text);

}  // namespace jobs::store
