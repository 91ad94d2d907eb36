// Runs that are driven inside a transaction, with what else it writes, and waiting for jobs to take.
#include <catch2/catch.hpp>

#include "test_engine.h"

using namespace std::chrono_literals;
using jobs::Finish;
using jobs::RunId;
using jobs::State;

namespace {

std::vector<jobs::Job> take(TestEngine& engine, int limit, jobs::ClaimOptions options = {}) {
  std::vector<jobs::Job> claimed;
  engine->transact([&](jobs::Transaction& tx) { claimed = tx.claim(options, limit); });
  return claimed;
}

RunId run_of(const jobs::Job& job) { return {.job = job.id, .attempt = job.attempt}; }

Finish done(TestEngine& engine, const RunId& run) {
  Finish outcome = Finish::lease_lost;
  engine->transact([&](jobs::Transaction& tx) { outcome = tx.complete(run, {.summary = "done"}); });
  return outcome;
}

}  // namespace

TEST_CASE("a transaction claims up to its limit, each a run of its own", "[hand]") {
  TestEngine engine;
  for (int i = 0; i < 3; ++i) engine->submit({.kind = "k"});
  const auto claimed = take(engine, 2);
  REQUIRE(claimed.size() == 2);
  CHECK(claimed[0].id != claimed[1].id);
  CHECK(claimed[0].state == State::running);
  CHECK(take(engine, 1000).size() == 1);
  CHECK(take(engine, 1).empty());
  CHECK_THROWS_AS(take(engine, 0), std::invalid_argument);
  CHECK_THROWS_AS(take(engine, 1001), std::invalid_argument);
}

TEST_CASE("asking for the jobs of a queue that is not there makes none", "[hand]") {
  TestEngine engine;
  CHECK(take(engine, 1, {.queue = "nobody's"}).empty());
  CHECK_FALSE(engine->statistics("nobody's"));
}

TEST_CASE("a run and what it leaves are stored together, or not at all", "[hand]") {
  TestEngine engine;
  engine->submit({.kind = "k"});
  const RunId run = run_of(take(engine, 1).front());
  const auto complete_and = [&](bool fail) {
    engine->transact([&](jobs::Transaction& tx) {
      const jobs::JobId next = tx.submit({.kind = "next"}).id;
      static_cast<void>(next);
      REQUIRE(tx.complete(run, {.summary = "done"}) == Finish::ok);
      CHECK(tx.find(run.job)->state == State::complete);
      if (fail) throw std::runtime_error("the caller's own");
    });
  };
  CHECK_THROWS_AS(complete_and(true), std::runtime_error);
  CHECK(engine->find(run.job)->state == State::running);
  CHECK(engine->list({.kind = "next"}).empty());
  complete_and(false);
  CHECK(engine->find(run.job)->state == State::complete);
  CHECK(engine->list({.kind = "next"}).size() == 1);
}

TEST_CASE("what an ended run writes in a transaction is refused", "[hand]") {
  TestEngine engine;
  engine->submit({.kind = "k"});
  const RunId run = run_of(take(engine, 1, {.lease = 30s}).front());
  engine.clock.advance(29'999ms);
  engine->transact([&](jobs::Transaction& tx) {
    CHECK(tx.renew(run, 30s) == Finish::ok);
    CHECK(tx.progress(run, 1, "half") == Finish::ok);
    CHECK(tx.store_step(run, "fetch", "3 rows") == Finish::ok);
    CHECK(tx.store_step(run, "fetch", "4 rows") == Finish::ok);
    CHECK(tx.step(run.job, "fetch") == "3 rows");
    CHECK_FALSE(tx.step(run.job, "other"));
  });
  engine.clock.advance(30s);
  const RunId second = run_of(take(engine, 1).front());
  engine->transact([&](jobs::Transaction& tx) {
    CHECK(tx.complete(run, {}) == Finish::lease_lost);
    CHECK(tx.fail(run, {.code = "late"}, {}) == Finish::lease_lost);
    CHECK(tx.release(run, 0ms) == Finish::lease_lost);
    CHECK(tx.renew(run, 30s) == Finish::lease_lost);
    CHECK(tx.progress(run, 2, "late") == Finish::lease_lost);
    CHECK(tx.store_step(run, "late", "x") == Finish::lease_lost);
    CHECK(tx.fail({.job = jobs::JobId(), .attempt = 1}, {.code = "x"}, {}) == Finish::lease_lost);
  });
  CHECK(done(engine, second) == Finish::ok);
}

TEST_CASE("a failure in a transaction is tried again by its policy", "[hand]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k", .max_attempts = 2});
  const RunId first = run_of(take(engine, 1).front());
  engine->transact([&](jobs::Transaction& tx) {
    CHECK(tx.fail(first, {.code = "busy"}, {.kind = jobs::RetryPolicy::Kind::fixed, .base = 10s}) == Finish::ok);
  });
  engine.clock.advance(9'999ms);
  CHECK(take(engine, 1).empty());
  engine.clock.advance(1ms);
  const RunId second = run_of(take(engine, 1).front());
  engine->transact([&](jobs::Transaction& tx) { CHECK(tx.fail(second, {.code = "busy"}, {}) == Finish::ok); });
  CHECK(engine->find(id)->state == State::failed);
}

TEST_CASE("a run handed back in a transaction burns no attempt and may wait", "[hand]") {
  TestEngine engine;
  engine->submit({.kind = "k"});
  const RunId first = run_of(take(engine, 1).front());
  engine->transact([&](jobs::Transaction& tx) { CHECK(tx.release(first, 10s) == Finish::ok); });
  engine.clock.advance(9'999ms);
  CHECK(take(engine, 1).empty());
  engine.clock.advance(1ms);
  const auto again = take(engine, 1);
  REQUIRE(again.size() == 1);
  CHECK(again.front().attempts_returned == 1);
}

TEST_CASE("a transaction pauses a queue, or does nothing when it fails", "[hand]") {
  TestEngine engine;
  engine->submit({.kind = "k"});
  CHECK_THROWS_AS(engine->transact([&](jobs::Transaction& tx) {
    tx.pause_queue("default");
    throw std::runtime_error("the caller's own");
  }),
                  std::runtime_error);
  CHECK(engine->statistics("default")->paused == false);
  engine->transact([](jobs::Transaction& tx) { tx.pause_queue("default"); });
  CHECK(take(engine, 1).empty());
  engine->transact([](jobs::Transaction& tx) { tx.resume_queue("default"); });
  CHECK(take(engine, 1).size() == 1);
}

TEST_CASE("a transaction stores a schedule and takes it away", "[hand]") {
  TestEngine engine;
  engine->transact([](jobs::Transaction& tx) {
    tx.schedule({.name = "nightly", .expression = "@every 1h", .job = {.kind = "k"}});
    CHECK_THROWS_AS(tx.schedule({.name = "wrong", .expression = "never", .job = {.kind = "k"}}), std::invalid_argument);
  });
  CHECK(engine->find_schedule("nightly"));
  CHECK_FALSE(engine->find_schedule("wrong"));
  bool removed = false;
  engine->transact([&](jobs::Transaction& tx) {
    CHECK(tx.pause_schedule("nightly"));
    CHECK(tx.resume_schedule("nightly"));
    CHECK_FALSE(tx.pause_schedule("wrong"));
    removed = tx.remove_schedule("nightly");
  });
  CHECK(removed);
  CHECK(engine->schedules().empty());
}

TEST_CASE("who waits for jobs is told the queue in which some may be ready", "[hand]") {
  TestEngine engine;
  std::vector<std::string> told;
  {
    const auto subscription = engine->on_ready([&](std::span<const std::string> queues) {
      told.insert(told.end(), queues.begin(), queues.end());
    });
    engine->submit({.kind = "k", .queue = "mail"});
    CHECK(told == std::vector<std::string>{"mail"});
    engine->submit({.kind = "k", .queue = "later", .delay = 10s});
    CHECK(told.size() == 1);
    engine.clock.advance(10s);
    engine->run_timers();
    CHECK(told.back() == "later");
    told.clear();
    const RunId run = run_of(take(engine, 1, {.queue = "mail"}).front());
    CHECK(told.empty());
    engine->transact([&](jobs::Transaction& tx) { CHECK(tx.release(run, 0ms) == Finish::ok); });
    CHECK(told == std::vector<std::string>{"mail"});
  }
  told.clear();
  engine->submit({.kind = "k", .queue = "mail"});
  CHECK(told.empty());
}
