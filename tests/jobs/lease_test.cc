// Leases that run out: what the engine owes a job whose worker went silent.
// Time is a ManualClock, so nothing sleeps and each boundary is tested to the millisecond.
#include <catch2/catch.hpp>

#include "test_engine.h"

using namespace std::chrono_literals;
using jobs::Finish;
using jobs::State;

TEST_CASE("an ended lease returns the job to one worker and fences out the first", "[lease]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "email", .max_attempts = 2});
  auto silent = engine->claim({.lease = 30s});

  engine.clock.advance(29'999ms);
  CHECK_FALSE(engine->claim());

  engine.clock.advance(1ms);
  auto second = engine->claim();
  REQUIRE(second);
  CHECK(second->id() == id);
  CHECK(second->attempt() == 2);
  CHECK(std::move(*silent).complete("late") == Finish::lease_lost);
  CHECK(std::move(*silent).fail({.code = "late"}) == Finish::lease_lost);
  CHECK(std::move(*silent).release() == Finish::lease_lost);
  CHECK(silent->renew(30s) == Finish::lease_lost);
  CHECK(silent->progress(1, "late") == Finish::lease_lost);
  CHECK(silent->store_step("s", "late") == Finish::lease_lost);
  CHECK(std::move(*second).complete("done") == Finish::ok);
  CHECK(engine->find(id)->summary == "done");
}

TEST_CASE("a run is finished once", "[lease]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k"});
  auto claim = engine->claim();
  CHECK(std::move(*claim).complete("one") == Finish::ok);
  CHECK(std::move(*claim).complete("two") == Finish::lease_lost);
  CHECK(std::move(*claim).fail({.code = "x"}) == Finish::lease_lost);
  CHECK(engine->find(id)->summary == "one");
}

TEST_CASE("a renewed lease lasts from the renewal", "[lease]") {
  TestEngine engine;
  engine->submit({.kind = "k"});
  auto claim = engine->claim({.lease = 30s});
  engine.clock.advance(20s);
  CHECK(claim->renew(30s) == Finish::ok);
  engine.clock.advance(29'999ms);
  CHECK_FALSE(engine->claim());
  CHECK(std::move(*claim).complete("done") == Finish::ok);
}

TEST_CASE("a job whose every worker goes silent fails after its last attempt", "[lease]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k", .max_attempts = 2});
  REQUIRE(engine->claim({.lease = 1s}));
  engine.clock.advance(1s);
  REQUIRE(engine->claim({.lease = 1s}));
  engine.clock.advance(1s);
  CHECK_FALSE(engine->claim());
  const auto job = engine->find(id);
  CHECK(job->state == State::failed);
  CHECK(job->failure->code == "lease_expired");
  CHECK(job->attempt == 2);
}

TEST_CASE("the timers take back an ended lease, and say when they want to be called again", "[lease]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k"});
  CHECK_FALSE(engine->run_timers());
  REQUIRE(engine->claim({.lease = 30s}));
  CHECK(engine->run_timers() == engine.clock.now() + 30s);
  engine.clock.advance(30s);
  CHECK_FALSE(engine->run_timers());
  CHECK(engine->find(id)->state == State::pending);
}

TEST_CASE("the jobs of a process that is gone are back when the file is opened again", "[lease]") {
  TestEngine engine;
  const jobs::JobId again = engine->submit({.kind = "k", .max_attempts = 2});
  REQUIRE(engine->claim());
  const jobs::JobId last = engine->submit({.kind = "k", .max_attempts = 1});
  REQUIRE(engine->claim());
  const jobs::JobId cancelled = engine->submit({.kind = "k"});
  REQUIRE(engine->claim());
  CHECK(engine->cancel(cancelled)->state == State::running);
  engine.reopen();
  CHECK(engine->find(again)->state == State::pending);
  CHECK(engine->find(last)->state == State::failed);
  CHECK(engine->find(last)->failure->code == "worker_lost");
  CHECK(engine->find(cancelled)->state == State::cancelled);
  CHECK(engine->claim()->attempt() == 2);
}

TEST_CASE("a run outside the process outlives the process, until its lease ends", "[lease]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k"});
  REQUIRE(engine->claim({.lease = 30s, .outside = true}));
  engine.reopen();
  CHECK(engine->find(id)->state == State::running);
  CHECK_FALSE(engine->claim());
  engine.clock.advance(30s);
  CHECK(engine->claim()->id() == id);
}
