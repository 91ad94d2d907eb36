// Failed attempts: how often a job runs again, when, and what is kept of its failures.
#include <catch2/catch.hpp>

#include "core/backoff.h"
#include "core/state.h"
#include "test_engine.h"

using namespace std::chrono_literals;
using jobs::Finish;
using jobs::State;

TEST_CASE("a job fails for good with its last attempt", "[retry]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k", .max_attempts = 2});
  CHECK(engine->claim()->fail({.code = "busy", .message = "try later"}) == Finish::ok);
  auto job = engine->find(id);
  CHECK(job->state == State::pending);
  CHECK(job->failure->code == "busy");
  CHECK_FALSE(job->finished_at);

  engine.clock.advance(1h);
  CHECK(engine->claim()->fail({.code = "gone", .message = "no such thing", .detail = "d"}) == Finish::ok);
  job = engine->find(id);
  CHECK(job->state == State::failed);
  CHECK(job->failure->code == "gone");
  CHECK(job->failure->detail == "d");
  CHECK(job->finished_at == engine.clock.now());
  CHECK_FALSE(engine->claim());

  // Every attempt's failure is kept in the log.
  const auto events = engine->events(id);
  REQUIRE(events.size() == 5);
  CHECK(events[2].type == jobs::EventType::retry);
  CHECK(events[2].data == R"({"code":"busy","message":"try later"})");
  CHECK(events[4].type == jobs::EventType::failed);
}

TEST_CASE("a failure that says so is not tried again", "[retry]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k", .max_attempts = 9});
  CHECK(engine->claim()->fail({.code = "bad", .message = "never", .retry = false}) == Finish::ok);
  CHECK(engine->find(id)->state == State::failed);
}

TEST_CASE("a retry waits for its backoff", "[retry]") {
  TestEngine engine;
  engine->handle("k", [](jobs::Context&) { return jobs::Result{}; },
                 {.retry = {.kind = jobs::RetryPolicy::Kind::fixed, .base = 5s}});
  engine->submit({.kind = "k"});
  CHECK(engine->claim()->fail({.code = "x"}) == Finish::ok);
  engine.clock.advance(4'999ms);
  CHECK_FALSE(engine->claim());
  engine.clock.advance(1ms);
  CHECK(engine->claim());
}

TEST_CASE("a job handed back keeps its attempts", "[retry]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k", .max_attempts = 1});
  for (int i = 1; i <= 5; ++i) {
    auto claim = engine->claim();
    REQUIRE(claim);
    CHECK(claim->attempt() == i);
    CHECK(claim->release() == Finish::ok);
  }
  CHECK(engine->find(id)->attempts_returned == 5);
  CHECK(engine->claim()->fail({.code = "x"}) == Finish::ok);
  CHECK(engine->find(id)->state == State::failed);
}

TEST_CASE("a job handed back for later is due then", "[retry]") {
  TestEngine engine;
  engine->submit({.kind = "k"});
  CHECK(engine->claim()->release(1h) == Finish::ok);
  engine.clock.advance(1h - 1ms);
  CHECK_FALSE(engine->claim());
  engine.clock.advance(1ms);
  CHECK(engine->claim());
}

TEST_CASE("backoff doubles its bound up to the cap, and takes any time below it", "[retry]") {
  const jobs::RetryPolicy policy = {.base = 1s, .cap = 60s};
  const auto most = [&](int failures) {
    std::chrono::milliseconds highest(0);
    for (std::uint64_t i = 0; i < 200'000; ++i) highest = std::max(highest, jobs::backoff(policy, failures, i));
    return highest;
  };
  CHECK(most(1) == 1s);
  CHECK(most(2) == 2s);
  CHECK(most(6) == 32s);
  CHECK(most(7) == 60s);
  CHECK(most(1000) == 60s);
  CHECK(jobs::backoff(policy, 3, 0) == 0s);
  CHECK(jobs::backoff({.base = 0ms}, 3, 99) == 0ms);
}

TEST_CASE("only the states of the diagram follow each other", "[retry]") {
  int allowed = 0;
  const State states[] = {State::pending, State::running, State::complete, State::failed, State::cancelled};
  for (const State from : states) {
    for (const State to : states) {
      if (jobs::may_follow(from, to)) ++allowed;
      if (jobs::is_terminal(from)) CHECK_FALSE(jobs::may_follow(from, to));
    }
  }
  CHECK(allowed == 6);
  CHECK(jobs::may_follow(State::running, State::pending));
  CHECK_FALSE(jobs::may_follow(State::pending, State::complete));
}
