// Deadlines: a job that has not ended by then is FAILED, whatever it is doing.
#include <catch2/catch.hpp>
#include <future>
#include <latch>

#include "held_handler.h"
#include "test_engine.h"

using namespace std::chrono_literals;
using jobs::Finish;
using jobs::State;

namespace {

std::string code(jobs::Engine& engine, const jobs::JobId& id) {
  const auto job = engine.find(id);
  return job->failure ? job->failure->code : "";
}

}  // namespace

TEST_CASE("a job that still waits at its deadline fails by the timers", "[deadline]") {
  TestEngine engine;
  const jobs::JobId ready = engine->submit({.kind = "k", .deadline = 10s});
  const jobs::JobId scheduled = engine->submit({.kind = "k", .delay = 9s, .deadline = 10s});
  CHECK(engine->find(ready)->deadline == engine.clock.now() + 10s);
  engine.clock.advance(8s);
  CHECK(engine->run_timers() == engine.clock.now() + 1s);
  engine.clock.advance(1'999ms);
  CHECK(engine->run_timers() == engine.clock.now() + 1ms);
  CHECK(engine->find(ready)->state == State::pending);
  engine.clock.advance(1ms);
  CHECK_FALSE(engine->run_timers());
  for (const auto& id : {ready, scheduled}) {
    CHECK(engine->find(id)->state == State::failed);
    CHECK(engine->find(id)->finished_at == engine.clock.now());
    CHECK(code(*engine, id) == "deadline_exceeded");
    CHECK(engine->events(id).back().type == jobs::EventType::failed);
  }
}

TEST_CASE("nothing is claimed at or after its deadline", "[deadline]") {
  TestEngine engine;
  const jobs::JobId late = engine->submit({.kind = "k", .deadline = 10s});
  const jobs::JobId next = engine->submit({.kind = "k"});
  engine.clock.advance(10s);
  CHECK(engine->claim()->id() == next);
  CHECK(code(*engine, late) == "deadline_exceeded");
}

TEST_CASE("a run that ends before its deadline counts, and at its deadline does not", "[deadline]") {
  TestEngine engine;
  const jobs::JobId in_time = engine->submit({.kind = "k", .deadline = 10s});
  auto claim = engine->claim();
  engine.clock.advance(10s - 1ms);
  CHECK(std::move(*claim).complete("done") == Finish::ok);
  CHECK(engine->find(in_time)->state == State::complete);

  for (const int way : {0, 1, 2, 3}) {
    const jobs::JobId id = engine->submit({.kind = "k", .deadline = 10s, .max_attempts = 9});
    auto late = engine->claim();
    engine.clock.advance(10s);
    engine->run_timers();
    CHECK(engine->find(id)->state == State::running);
    if (way == 0) CHECK(std::move(*late).complete("done") == Finish::deadline);
    if (way == 1) CHECK(std::move(*late).fail({.code = "busy", .message = "try later"}) == Finish::deadline);
    if (way == 2) CHECK(std::move(*late).release(1h) == Finish::deadline);
    if (way == 3) CHECK(late->renew(30s) == Finish::deadline);
    CHECK(std::move(*late).complete("done") == Finish::lease_lost);
    CHECK(engine->find(id)->state == State::failed);
    CHECK(code(*engine, id) == "deadline_exceeded");
    CHECK(engine->find(id)->failure->detail == (way == 1 ? "busy: try later" : ""));
    CHECK_FALSE(engine->output(id));
  }
}

TEST_CASE("a cancelled job is CANCELLED also when its run ends after the deadline", "[deadline]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k", .deadline = 10s});
  auto claim = engine->claim();
  engine->cancel(id);
  engine.clock.advance(10s);
  CHECK(std::move(*claim).complete("done") == Finish::cancelled);
}

TEST_CASE("a silent worker's job fails with its lease when its deadline has passed, also over a restart", "[deadline]") {
  TestEngine engine;
  const jobs::JobId silent = engine->submit({.kind = "k", .deadline = 10s, .max_attempts = 9});
  REQUIRE(engine->claim({.lease = 30s, .outside = true}));
  const jobs::JobId lost = engine->submit({.kind = "k", .deadline = 10s, .max_attempts = 9});
  REQUIRE(engine->claim());
  const jobs::JobId waiting = engine->submit({.kind = "k", .deadline = 1h});
  engine.clock.advance(20s);
  engine.reopen();
  CHECK(code(*engine, lost) == "deadline_exceeded");
  CHECK(engine->find(silent)->state == State::running);
  engine.clock.advance(10s);
  engine->run_timers();
  CHECK(code(*engine, silent) == "deadline_exceeded");
  engine.clock.advance(1h);
  engine->run_timers();
  CHECK(code(*engine, waiting) == "deadline_exceeded");
}

TEST_CASE("a retry that would begin at the deadline or later is none: the job fails with the attempt's own failure", "[deadline]") {
  TestEngine engine;
  engine->handle("k", [](jobs::Context&) { return jobs::Result{}; },
                 {.retry = {.kind = jobs::RetryPolicy::Kind::fixed, .base = 5s}});
  const jobs::JobId id = engine->submit({.kind = "k", .deadline = 10s, .max_attempts = 9});
  engine.clock.advance(5s - 1ms);
  CHECK(std::move(*engine->claim()).fail({.code = "busy"}) == Finish::ok);
  CHECK(engine->find(id)->state == State::pending);
  engine.clock.advance(5s);
  CHECK(std::move(*engine->claim()).fail({.code = "busy"}) == Finish::ok);
  CHECK(engine->find(id)->state == State::failed);
  CHECK(code(*engine, id) == "busy");

  const jobs::JobId edge = engine->submit({.kind = "k", .deadline = 5s, .max_attempts = 9});
  CHECK(std::move(*engine->claim()).fail({.code = "busy"}) == Finish::ok);
  CHECK(code(*engine, edge) == "busy");
  CHECK(engine->find(edge)->state == State::failed);
}

TEST_CASE("a handler is told of its deadline, and its job fails whatever it then returns", "[deadline]") {
  TestEngine engine;
  std::latch entered(1);
  engine->handle("k", [&](jobs::Context& job) -> jobs::Result {
    std::promise<void> stopped;
    const std::stop_callback on_stop(job.stop_token(), [&] { stopped.set_value(); });
    entered.count_down();
    stopped.get_future().wait();
    return {"in vain"};
  });
  std::promise<void> failed;
  const auto subscription = engine->subscribe([&](std::span<const jobs::Event> events) {
    for (const auto& event : events) {
      if (event.type == jobs::EventType::failed) failed.set_value();
    }
  });
  engine->start();
  const jobs::JobId id = engine->submit({.kind = "k", .deadline = 5s, .max_attempts = 9, .time_limit = 1h});
  entered.wait();
  engine.clock.advance(5s);
  failed.get_future().wait();
  engine->stop();
  CHECK(code(*engine, id) == "deadline_exceeded");
}

TEST_CASE("a handler that ignores its deadline loses its job", "[deadline]") {
  TestEngine engine;
  HeldHandler handler("too late");
  engine->handle("k", std::ref(handler));
  std::promise<void> failed;
  const auto subscription = engine->subscribe([&](std::span<const jobs::Event> events) {
    for (const auto& event : events) {
      if (event.type == jobs::EventType::failed) failed.set_value();
    }
  });
  engine->start();
  const jobs::JobId id = engine->submit({.kind = "k", .deadline = 3s, .max_attempts = 9});
  handler.wait_until_entered();
  engine.clock.advance(3s);
  engine.clock.advance(5s);
  failed.get_future().wait();
  CHECK(code(*engine, id) == "deadline_exceeded");
  handler.let_go();
  engine->stop();
  CHECK(engine->find(id)->state == State::failed);
}

TEST_CASE("a deadline of no sensible length, or not after the delay, is refused", "[deadline]") {
  TestEngine engine;
  CHECK_THROWS_AS(engine->submit({.kind = "k", .deadline = -1ms}), std::invalid_argument);
  CHECK_THROWS_AS(engine->submit({.kind = "k", .deadline = std::chrono::milliseconds::max()}), std::invalid_argument);
  CHECK_THROWS_AS(engine->submit({.kind = "k", .delay = 1s, .deadline = 1s}), std::invalid_argument);
  CHECK(engine->submit({.kind = "k", .delay = 999ms, .deadline = 1s}).created());
}
