// What a job means for others: those that wait for it learn of its end, and a cancelled parent takes its children with
// it.
//
// The transaction that ends a job also makes due what waited for it last. But each end may cause others, in a chain or
// a crowd of any size; so they stand in a list, not on the stack, and what is left of it after a bite is marked in the
// file for the next transaction.
#include <algorithm>
#include <set>
#include <stdexcept>

#include "jobs/error.h"
#include "store/encode.h"
#include "store/jobs.h"

namespace jobs::store {
namespace {

// Jobs that one end may touch in its own transaction.
constexpr int bite = 200;

Failure dependency_failed(const JobId& job, State state) {
  return {.code = "dependency_failed",
          .message = "It comes after the job " + job.to_string() + ", which is " + std::string(to_string(state)) + ".",
          .retry = false};
}

}  // namespace

std::vector<JobTable::Live> JobTable::find_before(const JobSpec& spec) {
  std::vector<Live> before;
  const std::set<JobId> ids(spec.after.begin(), spec.after.end());
  before.reserve(ids.size());
  for (const JobId& id : ids) {
    const auto live = find(id);
    if (!live) throw Error(Errc::no_such_job, "after: there is no job " + id.to_string() + ", or no longer");
    before.push_back(*live);
  }
  return before;
}

void JobTable::come_after(const JobId& job, const std::vector<Live>& before, const JobSpec& spec, std::int64_t queue,
                          Time run_at, Time now) {
  int open = 0;
  const Live* broken = nullptr;
  for (const Live& one : before) {
    const bool settled = is_terminal(one.state);
    flow_.depend(one.id.number(), job.number(), false, settled);
    if (!settled) ++open;
    if (settled && one.state != State::complete) broken = &one;
  }
  flow_.set_waiting(job.number(), open, static_cast<int>(spec.after_failure));
  if (broken != nullptr && spec.after_failure == AfterFailure::fail) {
    const Failure failure = dependency_failed(broken->id, broken->state);
    end(*find(job), State::failed, now, {}, &failure);
  } else if (open == 0) {
    wake(job.number(), queue, spec.key, run_at, now);
  }
}

std::optional<JobId> JobTable::submit_child(const JobId& parent, int attempt, std::string_view name,
                                            const JobSpec& spec, Time now) {
  const auto live = current(parent, attempt);
  if (!live) return std::nullopt;
  if (const auto stored = flow_.step(parent.number(), name)) {
    const auto id = JobId::parse(*stored);
    if (!id) throw std::invalid_argument("submit: the name stands for a step already");
    return id;
  }
  if (static_cast<std::size_t>(live->open_jobs) >= open_jobs_max) {
    throw std::invalid_argument("submit: " + std::to_string(open_jobs_max) + " children are not terminal yet");
  }
  if (!spec.key.empty() && spec.key == live->key && turns_.options(live->queue).ordered &&
      queues_.find(spec.queue) == live->queue) {
    throw std::invalid_argument("submit: in an ordered queue a child of its parent's key would start after its parent's end");
  }
  if (!spec.after.empty()) {
    static_cast<void>(find_before(spec));
    if (flow_.leads_to(spec.after, parent.number())) {
      throw std::invalid_argument("submit: a child must not come after its parent, nor after what waits for that");
    }
  }
  const Submitted submitted = insert(spec, now);
  const JobId child = submitted.outcome == Submitted::Outcome::refused ? submitted.holder : submitted.id;
  if (submitted.created()) {
    flow_.set_parent(child.number(), parent);
    const bool settled = is_terminal(find(child)->state);
    flow_.depend(child.number(), parent.number(), true, settled);
    if (!settled) flow_.open_one(parent.number());
  }
  steps_.insert(parent.number(), name, attempt, now, child.to_string());
  const std::int64_t event = events_.append(parent, live->last_event, EventType::step, now, attempt, step_data(name));
  step_(parent.number(), now, event).run();
  return child;
}

void JobTable::ended(const JobId& job, State state, Time now) {
  to_tell_.push_back({job, state});
  if (!settling_) settle(now);
}

void JobTable::settle(Time now) {
  settling_ = true;
  int left = bite;
  while (!to_tell_.empty() && left > 0) {
    const Ended job = to_tell_.front();
    tell_dependents(job, left, now);
    if (job.state == State::cancelled) cancel_children(job.id, left, now);
    if (left > 0) to_tell_.pop_front();
  }
  for (const Ended& job : to_tell_) flow_.mark_unsettled(job.id.number(), true);
  if (!to_tell_.empty()) {
    settle_at_ = now;
    effects_.wake_timers_by(now);
  }
  to_tell_.clear();
  settling_ = false;
}

void JobTable::settle_rest(Time now) {
  if (settle_at_ > now) return;
  settle_at_ = Time::max();
  while (to_tell_.size() < static_cast<std::size_t>(bite)) {
    const auto next = flow_.next_unsettled();
    if (!next) break;
    flow_.mark_unsettled(next->id.number(), false);
    to_tell_.push_back({next->id, static_cast<State>(next->state)});
  }
  if (flow_.next_unsettled()) {
    settle_at_ = now;
    effects_.wake_timers_by(now);
  }
  settle(now);
}

void JobTable::tell_dependents(const Ended& job, int& left, Time now) {
  while (left > 0) {
    const auto dependents = flow_.dependents(job.id.number(), left);
    if (dependents.empty()) return;
    for (const FlowTable::Dependent& one : dependents) {
      --left;
      flow_.set_settled(job.id.number(), one.number);
      if (one.open > 0) flow_.close_one(one.number);
      if (!one.waits) continue;
      if (!one.parent && !one.started && job.state != State::complete &&
          one.after_failure == static_cast<int>(AfterFailure::fail)) {
        const Failure failure = dependency_failed(job.id, job.state);
        end(*find(one.id), State::failed, now, {}, &failure);
      } else if (one.open <= 1) {
        wake(one.number, one.queue, one.key, one.run_at, now);
      }
    }
  }
}

void JobTable::cancel_children(const JobId& parent, int& left, Time now) {
  const std::string by = parent.to_string();
  while (left > 0) {
    const auto children = flow_.live_children(parent.number(), left);
    if (children.empty()) return;
    for (const JobId& child : children) {
      --left;
      cancel(child, by, now);
    }
  }
}

void JobTable::wake(std::int64_t job, std::int64_t queue, const std::string& key, Time run_at, Time now) {
  const bool due = run_at <= now;
  flow_.wake(job, due, now);
  turns_.move({.queue = queue, .key = key, .from = Place::waiting, .to = due ? Place::ready : Place::scheduled});
  if (!due) effects_.wake_timers_by(run_at);
}

}  // namespace jobs::store
