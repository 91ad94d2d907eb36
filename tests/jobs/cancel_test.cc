// Cancelling: at once while a job waits, at the next safe point while it runs, never after its end.
#include <catch2/catch.hpp>

#include "test_engine.h"

using namespace std::chrono_literals;
using jobs::Finish;
using jobs::State;

TEST_CASE("a pending job is cancelled at once", "[cancel]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k", .unique_key = "key"});
  CHECK(engine->cancel(id, "someone")->state == State::cancelled);
  const auto job = engine->find(id);
  CHECK(job->state == State::cancelled);
  CHECK(job->cancelled_by == "someone");
  CHECK(job->finished_at == engine.clock.now());
  CHECK_FALSE(engine->claim());
  CHECK(engine->submit({.kind = "k", .unique_key = "key"}).created());
}

TEST_CASE("a running job that was cancelled ends so, whatever its run then says", "[cancel]") {
  TestEngine engine;
  for (const int way : {0, 1, 2}) {
    const jobs::JobId id = engine->submit({.kind = "k"});
    auto claim = engine->claim();
    CHECK(engine->cancel(id, "someone")->state == State::running);
    CHECK(engine->find(id)->cancel_requested);
    CHECK(claim->renew(30s) == Finish::cancelled);
    CHECK(claim->progress(1, "m") == Finish::cancelled);
    if (way == 0) CHECK(std::move(*claim).complete("done") == Finish::cancelled);
    if (way == 1) CHECK(std::move(*claim).fail({.code = "x"}) == Finish::cancelled);
    if (way == 2) CHECK(std::move(*claim).release() == Finish::cancelled);
    const auto job = engine->find(id);
    CHECK(job->state == State::cancelled);
    CHECK(job->summary.empty());
    CHECK(job->cancelled_by == "someone");
  }
}

TEST_CASE("a cancelled run whose worker is silent ends with its lease", "[cancel]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k"});
  REQUIRE(engine->claim({.lease = 30s}));
  engine->cancel(id);
  engine.clock.advance(30s);
  engine->run_timers();
  CHECK(engine->find(id)->state == State::cancelled);
}

TEST_CASE("cancelling again, or after the end, changes nothing", "[cancel]") {
  TestEngine engine;
  const jobs::JobId done = engine->submit({.kind = "k"});
  CHECK(std::move(*engine->claim()).complete("done") == Finish::ok);
  CHECK(engine->cancel(done)->state == State::complete);
  CHECK(engine->find(done)->state == State::complete);
  CHECK_FALSE(engine->find(done)->cancel_requested);

  const jobs::JobId twice = engine->submit({.kind = "k"});
  CHECK(engine->cancel(twice, "first")->state == State::cancelled);
  CHECK(engine->cancel(twice, "second")->state == State::cancelled);
  CHECK(engine->find(twice)->cancelled_by == "first");
}
