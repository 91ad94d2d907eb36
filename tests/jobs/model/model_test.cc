// The engine beside a model of it: random calls, one after the other, must be answered as the model says, and leave what
// the model has.
//
// JOBS_MODEL_SEED=N runs the one sequence that a failure named.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>
#include <tuple>
#include <unordered_map>

#include "model/engine_model.h"
#include "support/long_run.h"
#include "support/whole_store.h"
#include "test_engine.h"

using namespace std::chrono_literals;
using jobs::Finish;
using jobs::JobId;
using jobs::State;
using jobs::Time;

namespace {

constexpr int operations_of_a_seed = 2'000;
constexpr std::uint64_t seeds_every_day = one_in == 1 ? 50 : 4;

const std::vector<std::string> queues = {"default", "other"};

class Walk {
 public:
  explicit Walk(std::uint64_t seed)
      : random_(seed), engine_({.durability = jobs::Durability::process_crash, .lease = 30s}) {}

  void run() {
    for (int i = 0; i < operations_of_a_seed; ++i) {
      INFO("operation " << i);
      step();
      if (!ids_.empty()) look_at(recent_id());
      if (i % 250 == 249) compare_all();
    }
    compare_all();
    engine_.close();
    CHECK(broken_rule(engine_.options().path) == "");
  }

 private:
  int below(int n) { return std::uniform_int_distribution(0, n - 1)(random_); }
  bool one_in(int n) { return below(n) == 0; }
  template <class T>
  const T& any(const std::vector<T>& of) {
    return of[static_cast<std::size_t>(below(static_cast<int>(of.size())))];
  }
  Time now() const { return engine_.clock.now(); }

  void step() {
    model_.now = now();
    switch (below(21)) {
      case 0:
      case 1:
      case 2: return submit();
      case 3: return submit_some();
      case 4: return abandon_transaction();
      case 5:
      case 6:
      case 7: return claim();
      case 8:
      case 9: return finish();
      case 10: return fail();
      case 11: return release();
      case 12: return write_on_the_way();
      case 13: return cancel();
      case 14: return pass_time();
      case 15:
      case 16: return suspend();
      case 17: return signal();
      case 18: return submit_child();
      case 19: return retry_now();
      default:
        if (one_in(20)) crash();
    }
  }

  jobs::JobSpec any_spec() {
    jobs::JobSpec spec = {.kind = "k", .payload = std::string(one_in(30) ? 5'000 : 10, 'p'), .queue = any(queues)};
    spec.max_attempts = 1 + below(3);
    if (one_in(3)) spec.priority = below(3) - 1;
    if (one_in(4)) spec.delay = std::chrono::milliseconds(below(60'000));
    if (one_in(5)) spec.run_at = now() + std::chrono::milliseconds(below(60'000) - 30'000);
    if (spec.run_at) spec.delay = 0ms;
    if (one_in(4)) spec.unique_key = "unique " + std::to_string(below(5));
    if (one_in(6)) {
      for (int i = below(3); i >= 0 && !ids_.empty(); --i) spec.after.push_back(recent_id());
      if (one_in(2)) spec.after_failure = jobs::AfterFailure::run;
    }
    return spec;
  }

  // What the engine answered to one submission.
  void note(const jobs::JobSpec& spec, const jobs::Submitted& submitted) {
    const auto holder = model_.holder(spec);
    REQUIRE(submitted.created() == !holder);
    if (holder) {
      CHECK(submitted.id == *holder);
    } else {
      model_.submitted(submitted.id, spec, now());
      ids_.push_back(submitted.id);
    }
  }

  JobId recent_id() {
    const int newest = std::min<int>(20, static_cast<int>(ids_.size()));
    return ids_[ids_.size() - 1 - static_cast<std::size_t>(below(newest))];
  }

  void submit() {
    const jobs::JobSpec spec = any_spec();
    note(spec, engine_->submit(spec));
  }

  void submit_some() {
    std::vector<jobs::JobSpec> specs;
    for (int i = below(4); i >= 0; --i) specs.push_back(any_spec());
    const std::vector<jobs::Submitted> submitted = engine_->submit_all(specs);
    REQUIRE(submitted.size() == specs.size());
    for (std::size_t i = 0; i < specs.size(); ++i) note(specs[i], submitted[i]);
  }

  // What an embedder's transaction did before it threw never was.
  void abandon_transaction() {
    struct Abandoned {};
    CHECK_THROWS_AS(engine_->transact([&](jobs::Transaction& tx) {
      for (int i = below(3); i >= 0; --i) tx.submit(any_spec());
      if (!ids_.empty()) tx.cancel(any(ids_), "nobody");
      throw Abandoned{};
    }),
                    Abandoned);
  }

  void claim() {
    const std::string& queue = any(queues);
    const auto lease = std::chrono::milliseconds(1 + below(60'000));
    const bool outside = one_in(3);
    model_.timers(now());
    const auto expected = model_.next(queue);
    auto claim = engine_->claim({.queue = queue, .lease = lease, .outside = outside});
    REQUIRE(claim.has_value() == expected.has_value());
    if (!claim) return;
    REQUIRE(claim->id() == *expected);
    model_.claimed(claim->id(), now() + lease, outside);
    CHECK(claim->attempt() == model_.at(claim->id()).attempt);
    CHECK(claim->payload() == model_.at(claim->id()).spec.payload);
    runs_.push_back(std::move(*claim));
  }

  // A run that began at some time; mostly a new one, sometimes one that was lost long ago.
  jobs::Claim* any_run() {
    if (runs_.empty()) return nullptr;
    const int newest = std::min<int>(8, static_cast<int>(runs_.size()));
    const std::size_t back = static_cast<std::size_t>(one_in(10) ? below(static_cast<int>(runs_.size())) : below(newest));
    return &runs_[runs_.size() - 1 - back];
  }

  void finish() {
    jobs::Claim* const run = any_run();
    if (!run) return;
    const std::string summary = "summary " + std::to_string(below(1000));
    CHECK(std::move(*run).complete(summary) == std::move(model_).complete(run->id(), run->attempt(), summary));
    compare(run->id());
  }

  void fail() {
    jobs::Claim* const run = any_run();
    if (!run) return;
    const jobs::Failure failure = {.code = "broken", .message = "it broke", .retry = !one_in(5)};
    const Finish outcome = std::move(*run).fail(failure);
    CHECK(outcome == model_.fail(run->id(), run->attempt(), failure));
    const ModelJob& job = model_.at(run->id());
    // A run that was lost long ago says nothing of when its job runs again.
    if (outcome == Finish::ok && job.state == State::pending) {
      const Time run_at = engine_->find(run->id())->run_at;
      // The widest wait of the default policy: a second, doubled with each failure.
      CHECK(run_at >= job.run_at);
      CHECK(run_at <= now() + 1s * (1 << (job.attempt - job.returned - 1)));
      model_.retries_at(run->id(), run_at, now());
    }
    compare(run->id());
  }

  void release() {
    jobs::Claim* const run = any_run();
    if (!run) return;
    const auto delay = one_in(2) ? 0ms : std::chrono::milliseconds(below(20'000));
    CHECK(std::move(*run).release(delay) == std::move(model_).release(run->id(), run->attempt(), now() + delay, now()));
    compare(run->id());
  }

  void write_on_the_way() {
    jobs::Claim* const run = any_run();
    if (!run) return;
    switch (below(3)) {
      case 0: {
        const auto lease = std::chrono::milliseconds(1 + below(60'000));
        CHECK(run->renew(lease) == model_.renew(run->id(), run->attempt(), now() + lease));
        break;
      }
      case 1: {
        CHECK(run->progress(below(100), "on the way") == model_.progress(run->id(), run->attempt()));
        break;
      }
      default: {
        const std::string name = "step " + std::to_string(below(3));
        const std::string result = "result " + std::to_string(below(1000));
        CHECK(run->store_step(name, result) == model_.store_step(run->id(), run->attempt(), name, result));
        const auto& steps = model_.at(run->id()).steps;
        const auto kept = steps.find(name);
        CHECK(run->step(name) == (kept == steps.end() ? std::nullopt : std::optional(kept->second)));
      }
    }
    compare(run->id());
  }

  void cancel() {
    if (ids_.empty()) return;
    const JobId id = one_in(20) ? JobId() : recent_id();
    const auto cancelled = engine_->cancel(id, "someone");
    const auto expected = model_.cancel(id);
    REQUIRE(cancelled.has_value() == expected.has_value());
    if (!cancelled) return;
    CHECK(cancelled->state == *expected);
    compare(id);
  }

  void retry_now() {
    if (ids_.empty()) return;
    const JobId id = recent_id();
    CHECK(engine_->retry_now(id) == model_.retry_now(id));
    compare(id);
  }

  jobs::Suspension any_wait(jobs::Claim& run) {
    const std::string name = std::to_string(below(3));
    switch (below(4)) {
      case 0: return jobs::WaitUntil{"sleep " + name, now() + std::chrono::milliseconds(below(20'000) - 1'000)};
      case 1: {
        jobs::WaitForSignal wait = {"signal " + name};
        if (!one_in(3)) wait.timeout = one_in(5) ? 0ms : std::chrono::milliseconds(below(20'000));
        return wait;
      }
      case 2: {
        const std::string step = "failing " + name;
        if (model_.is_current(run.id(), run.attempt())) {
          CHECK(run.step_failures(step) == model_.step_failures(run.id(), step));
        }
        return jobs::StepFailed{step, {.code = "unlucky"}, {.base = 0ms}};
      }
      default: return jobs::WaitForChildren{};
    }
  }

  void suspend() {
    jobs::Claim* const run = any_run();
    if (!run) return;
    const jobs::Suspension wait = any_wait(*run);
    CHECK(std::move(*run).suspend(wait) == std::move(model_).suspend(run->id(), run->attempt(), wait));
    compare(run->id());
  }

  void signal() {
    if (ids_.empty()) return;
    const JobId id = one_in(20) ? JobId() : recent_id();
    const std::string name = "signal " + std::to_string(below(3));
    const std::string payload = std::to_string(below(1000));
    CHECK(engine_->signal(id, name, payload) == model_.signal(id, name, payload));
    if (id != JobId()) compare(id);
  }

  void submit_child() {
    jobs::Claim* const run = any_run();
    if (!run) return;
    const std::string name = "child " + std::to_string(below(3));
    jobs::JobSpec spec = any_spec();
    spec.after.clear();  // what would lead back to the parent is refused
    const bool current = model_.is_current(run->id(), run->attempt());
    const auto there = current ? model_.child(run->id(), name) : std::nullopt;
    const auto holder = model_.holder(spec);
    const auto child = run->submit(name, spec);
    REQUIRE(child.has_value() == current);
    if (!child) return;
    if (there) {
      CHECK(*child == *there);
    } else if (holder) {
      CHECK(*child == *holder);
      model_.child_submitted(run->id(), name, *child, false);
    } else {
      model_.submitted(*child, spec, now());
      ids_.push_back(*child);
      model_.child_submitted(run->id(), name, *child, true);
      CHECK(engine_->find(*child)->parent == run->id());
    }
    compare(run->id());
  }

  void pass_time() {
    engine_.clock.advance(std::chrono::milliseconds(below(20'000)));
    model_.now = now();
    if (one_in(2)) return;
    engine_->run_timers();
    model_.timers(now());
  }

  void crash() {
    engine_.reopen();
    // Claims belong to the engine that is gone.
    runs_.clear();
    seen_.clear();
    model_.crash(now());
    compare_all();
  }

  // What was read of a job is true for as long as changes() says the same.
  void look_at(JobId id) {
    const std::uint64_t changes = engine_->changes(id);
    const auto job = engine_->find(id);
    REQUIRE(job);
    const Seen seen = {changes,
                       {job->state, job->attempt, job->attempts_returned, job->updated_at, job->run_at, job->cancel_requested,
                        job->summary, job->failure ? job->failure->code : "", job->progress ? job->progress->iteration : -1,
                        job->open_jobs, job->awaits}};
    const auto before = seen_.find(id);
    if (before != seen_.end() && before->second.changes == changes) CHECK(before->second.what == seen.what);
    seen_.insert_or_assign(id, seen);
  }

  void compare(JobId id) {
    const ModelJob& expected = model_.at(id);
    const auto job = engine_->find(id);
    REQUIRE(job);
    INFO("job " << id.number());
    CHECK(job->state == expected.state);
    CHECK(job->attempt == expected.attempt);
    CHECK(job->attempts_returned == expected.returned);
    CHECK(job->run_at == expected.run_at);
    CHECK(job->cancel_requested == expected.cancel_requested);
    CHECK(job->summary == expected.summary);
    CHECK((job->failure ? job->failure->code : "") == expected.failure);
    CHECK(job->open_jobs == static_cast<int>(expected.open.size()));
    CHECK(job->awaits == expected.awaits);
    std::vector<jobs::EventType> events;
    for (const jobs::Event& event : engine_->events(id)) events.push_back(event.type);
    CHECK(events == expected.events);
  }

  void compare_all() {
    std::size_t found = 0;
    for (const std::string& queue : queues) {
      std::optional<JobId> before;
      for (;;) {
        const auto page = engine_->list({.queue = queue, .before = before, .limit = 1000});
        found += page.size();
        if (page.size() < 1000) break;
        before = page.back().id;
      }
    }
    CHECK(found == model_.all().size());
    for (const JobId& id : ids_) compare(id);
  }

  struct Seen {
    std::uint64_t changes = 0;
    std::tuple<State, int, int, Time, Time, bool, std::string, std::string, int, int, std::optional<std::string>> what = {};
  };

  std::mt19937_64 random_;
  TestEngine engine_;
  EngineModel model_;
  std::vector<JobId> ids_;
  std::vector<jobs::Claim> runs_;
  std::unordered_map<JobId, Seen> seen_;
};

}  // namespace

TEST_CASE("whatever is called in whatever order, the engine answers as its model does", "[model]") {
  if (const char* const named = std::getenv("JOBS_MODEL_SEED")) {
    INFO("JOBS_MODEL_SEED=" << named);
    return Walk(std::stoull(named)).run();
  }
  const std::uint64_t seeds = long_run() ? 5 * seeds_every_day : seeds_every_day;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    INFO("JOBS_MODEL_SEED=" << seed);
    Walk(seed).run();
  }
}
