// Another attempt because somebody asks for it: at once, and for a job that had ended, another life.
#include <catch2/catch.hpp>
#include <semaphore>

#include "test_engine.h"

using namespace std::chrono_literals;
using jobs::Finish;
using jobs::RetryNow;
using jobs::State;

TEST_CASE("a job that waits for its moment or its retry runs now", "[retry_now]") {
  TestEngine engine;
  const jobs::JobId scheduled = engine->submit({.kind = "k", .delay = 1h});
  CHECK_FALSE(engine->claim());
  CHECK(engine->retry_now(scheduled) == RetryNow::due);
  CHECK(engine->retry_now(scheduled) == RetryNow::unchanged);
  auto claim = engine->claim();
  CHECK(claim->id() == scheduled);
  CHECK(engine->retry_now(scheduled) == RetryNow::unchanged);
  CHECK(std::move(*claim).release(1h) == Finish::ok);
  CHECK(engine->retry_now(scheduled) == RetryNow::due);
  CHECK(std::move(*engine->claim()).complete("done") == Finish::ok);
}

TEST_CASE("a worker that waits is woken for it", "[retry_now]") {
  TestEngine engine;
  engine->handle("k", [](jobs::Context&) { return jobs::Result{}; });
  std::binary_semaphore completed(0);
  const auto subscription = engine->subscribe([&](std::span<const jobs::Event> events) {
    for (const auto& event : events) {
      if (event.type == jobs::EventType::completed) completed.release();
    }
  });
  engine->start();
  const jobs::JobId id = engine->submit({.kind = "k", .delay = 1h});
  CHECK(engine->retry_now(id) == RetryNow::due);
  completed.acquire();
  CHECK(engine->find(id)->state == State::complete);
}

TEST_CASE("a failed job has another life with one more attempt, and keeps what it knew", "[retry_now]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k", .max_attempts = 1, .webhook = {{.url = "http://127.0.0.1:9/"}}});
  auto claim = engine->claim();
  CHECK(claim->store_step("paid", "receipt") == Finish::ok);
  CHECK(std::move(*claim).fail({.code = "first"}) == Finish::ok);
  const jobs::Time failed_at = engine.clock.now();
  engine.clock.advance(1h);
  CHECK(engine->retry_now(id) == RetryNow::revived);
  auto job = engine->find(id);
  CHECK(job->state == State::pending);
  CHECK_FALSE(job->finished_at);
  CHECK(job->max_attempts == 2);
  CHECK(engine->events(id).back().type == jobs::EventType::retry);
  CHECK(engine->events(id).back().data.find("retry_now") != std::string::npos);

  claim = engine->claim();
  CHECK(claim->attempt() == 2);
  CHECK(claim->step("paid") == "receipt");
  CHECK(std::move(*claim).fail({.code = "second"}) == Finish::ok);
  CHECK(engine->find(id)->state == State::failed);
  const auto failures = engine->failures(id);
  REQUIRE(failures.size() == 2);
  CHECK(failures[0].attempt == 1);
  CHECK(failures[0].at == failed_at);
  CHECK(failures[0].failure.code == "first");
  CHECK(failures[1].failure.code == "second");

  CHECK(engine->retry_now(id) == RetryNow::revived);
  CHECK(std::move(*engine->claim()).complete("at last") == Finish::ok);
  CHECK(engine->find(id)->state == State::complete);
  CHECK(engine->failures(id).size() == 2);
  // Each end has told of itself.
  const auto deliveries = engine->deliveries(id);
  REQUIRE(deliveries.size() == 3);
  CHECK(deliveries[0].event_id != deliveries[1].event_id);
}

TEST_CASE("a complete job stays so", "[retry_now]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k"});
  CHECK(std::move(*engine->claim()).complete("done") == Finish::ok);
  CHECK(engine->retry_now(id) == RetryNow::complete);
  CHECK(engine->find(id)->state == State::complete);
  CHECK_FALSE(engine->claim());
  CHECK_FALSE(engine->retry_now(jobs::JobId()));
}

TEST_CASE("a cancelled job is as if nobody had cancelled it, with the attempts it had left", "[retry_now]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k", .max_attempts = 3});
  auto claim = engine->claim();
  engine->cancel(id, "someone");
  CHECK(std::move(*claim).complete("too late") == Finish::cancelled);
  CHECK(engine->retry_now(id) == RetryNow::revived);
  const auto job = engine->find(id);
  CHECK(job->state == State::pending);
  CHECK_FALSE(job->cancel_requested);
  CHECK(job->cancelled_by.empty());
  CHECK(job->max_attempts == 3);
  CHECK(std::move(*claim).complete("far too late") == Finish::lease_lost);
  CHECK(std::move(*engine->claim()).complete("done") == Finish::ok);
}

TEST_CASE("a deadline that has passed counts no longer in the next life, and one to come still does", "[retry_now]") {
  TestEngine engine;
  const jobs::JobId late = engine->submit({.kind = "k", .deadline = 10s});
  const jobs::JobId early = engine->submit({.kind = "k", .deadline = 1h, .max_attempts = 1});
  engine.clock.advance(10s);
  engine->run_timers();
  CHECK(engine->find(late)->failure->code == "deadline_exceeded");
  CHECK(std::move(*engine->claim()).fail({.code = "x"}) == Finish::ok);
  CHECK(engine->retry_now(late) == RetryNow::revived);
  CHECK_FALSE(engine->find(late)->deadline);
  CHECK(engine->retry_now(early) == RetryNow::revived);
  engine.clock.advance(1h);
  engine->run_timers();
  CHECK(engine->find(early)->failure->code == "deadline_exceeded");
  CHECK(engine->find(late)->state == State::pending);
  // It failed twice in one attempt, and both are kept.
  CHECK(engine->retry_now(early) == RetryNow::revived);
  CHECK(engine->failures(early).size() == 2);
}

TEST_CASE("a job whose unique key another one holds is not revived", "[retry_now]") {
  TestEngine engine;
  const jobs::JobId first = engine->submit({.kind = "k", .unique_key = "key", .unique_for = 1h});
  engine->cancel(first);
  CHECK(engine->retry_now(first) == RetryNow::revived);  // Its own period is no obstacle.
  const auto second =
      engine->submit({.kind = "k", .unique_key = "key", .on_conflict = jobs::OnConflict::replace_pending});
  CHECK(second.outcome == jobs::Submitted::Outcome::replaced);
  CHECK(engine->retry_now(first) == RetryNow::key_held);
  CHECK(engine->find(first)->state == State::cancelled);
  CHECK(std::move(*engine->claim()).complete("done") == Finish::ok);
  CHECK(engine->retry_now(first) == RetryNow::revived);
}

TEST_CASE("another life is part of the embedder's transaction", "[retry_now]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k", .unique_key = "key", .max_attempts = 1});
  CHECK(std::move(*engine->claim()).fail({.code = "x"}) == Finish::ok);
  CHECK_THROWS_AS(engine->transact([&](jobs::Transaction& tx) {
    CHECK(tx.retry_now(id) == RetryNow::revived);
    CHECK(tx.find(id)->state == State::pending);
    CHECK(tx.failures(id).size() == 1);
    throw std::runtime_error("changed my mind");
  }),
                  std::runtime_error);
  CHECK(engine->find(id)->state == State::failed);
  CHECK_FALSE(engine->claim());
}
