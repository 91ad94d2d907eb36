// Unique keys: who holds one, for how long, and what a second submission may ask for.
#include <catch2/catch.hpp>

#include "test_engine.h"

using namespace std::chrono_literals;
using jobs::OnConflict;
using jobs::State;
using Outcome = jobs::Submitted::Outcome;

namespace {

std::int64_t periods(jobs::Engine& engine) {
  std::int64_t count = 0;
  engine.read([&](jobs::Reader& reader) {
    reader.query("SELECT count(*) FROM unique_periods", {}, [&](const jobs::Row& row) { count = row.integer(0); });
  });
  return count;
}

}  // namespace

TEST_CASE("a unique key holds one live job, and is free again when that has ended", "[unique]") {
  TestEngine engine;
  const auto first = engine->submit({.kind = "k", .unique_key = "daily"});
  CHECK(first.outcome == Outcome::created);
  CHECK(first.holder == jobs::JobId());
  const auto second = engine->submit({.kind = "k", .unique_key = "daily"});
  CHECK(second.outcome == Outcome::existing);
  CHECK_FALSE(second.created());
  CHECK(second.id == first.id);
  CHECK(second.holder == first.id);
  auto claim = engine->claim();
  CHECK_FALSE(engine->submit({.kind = "k", .unique_key = "daily"}).created());
  CHECK(std::move(*claim).complete("done") == jobs::Finish::ok);
  CHECK(engine->submit({.kind = "k", .unique_key = "daily"}).created());
}

TEST_CASE("a submission that asks for it is refused, and what is submitted with it goes on", "[unique]") {
  TestEngine engine;
  const jobs::JobId holder = engine->submit({.kind = "k", .unique_key = "daily"});
  const jobs::JobSpec refused = {.kind = "k", .unique_key = "daily", .on_conflict = OnConflict::refuse};
  const auto answers = engine->submit_all(std::vector<jobs::JobSpec>{{.kind = "before"}, refused, {.kind = "after"}});
  CHECK(answers[0].created());
  CHECK(answers[1].outcome == Outcome::refused);
  CHECK(answers[1].id == jobs::JobId());
  CHECK(answers[1].holder == holder);
  CHECK(answers[2].created());
  engine->transact([&](jobs::Transaction& tx) {
    CHECK(tx.submit(refused).outcome == Outcome::refused);
    CHECK(tx.submit({.kind = "in the same transaction"}).created());
  });
  CHECK(engine->list().size() == 4);
}

TEST_CASE("a pending holder is replaced: it is cancelled and the new job has its key", "[unique]") {
  TestEngine engine;
  const jobs::JobId first = engine->submit({.kind = "k", .payload = "old", .unique_key = "page/7"});
  const auto second =
      engine->submit({.kind = "k", .payload = "new", .unique_key = "page/7", .on_conflict = OnConflict::replace_pending});
  CHECK(second.outcome == Outcome::replaced);
  CHECK(second.created());
  CHECK(second.holder == first);
  CHECK(second.id != first);
  CHECK(engine->find(first)->state == State::cancelled);
  CHECK(engine->find(first)->cancelled_by == "replaced");
  CHECK(engine->submit({.kind = "k", .unique_key = "page/7"}).id == second.id);
  auto claim = engine->claim();
  CHECK(claim->payload() == "new");
  CHECK_FALSE(engine->claim());

  // One that has been started is not.
  const auto third = engine->submit({.kind = "k", .unique_key = "page/7", .on_conflict = OnConflict::replace_pending});
  CHECK(third.outcome == Outcome::existing);
  CHECK(third.id == second.id);
  // One that waits for its retry is.
  CHECK(std::move(*claim).fail({.code = "x"}) == jobs::Finish::ok);
  CHECK(engine->submit({.kind = "k", .unique_key = "page/7", .on_conflict = OnConflict::replace_pending}).holder ==
        second.id);
}

TEST_CASE("a replacement that is rolled back leaves the holder as it was", "[unique]") {
  TestEngine engine;
  const jobs::JobId first = engine->submit({.kind = "k", .unique_key = "key", .unique_for = 1h});
  CHECK_THROWS_AS(engine->transact([](jobs::Transaction& tx) {
    CHECK(tx.submit({.kind = "k", .unique_key = "key", .on_conflict = OnConflict::replace_pending}).created());
    throw std::runtime_error("changed my mind");
  }),
                  std::runtime_error);
  CHECK(engine->claim()->id() == first);
  CHECK(engine->submit({.kind = "k", .unique_key = "key"}).id == first);
  CHECK(periods(*engine) == 1);
}

TEST_CASE("a key held for a period is held until it has passed, whatever becomes of its job", "[unique]") {
  TestEngine engine({.retention = 1min});
  const jobs::JobSpec digest = {.kind = "digest", .unique_key = "digest/7", .unique_for = 1h};
  const jobs::JobId first = engine->submit(digest);
  CHECK(std::move(*engine->claim()).complete("sent") == jobs::Finish::ok);
  engine->submit({.kind = "newest", .queue = "other"});
  CHECK(engine->submit(digest).id == first);
  engine.clock.advance(1h - 1ms);
  engine.run_timers_out();
  CHECK_FALSE(engine->find(first));  // Retention has taken it, and its key is held all the same.
  engine.reopen();
  CHECK(engine->submit(digest).id == first);
  // One that has ended is not replaced.
  jobs::JobSpec replacing = digest;
  replacing.on_conflict = OnConflict::replace_pending;
  CHECK(engine->submit(replacing).outcome == Outcome::existing);
  engine.clock.advance(1ms);
  const auto second = engine->submit(digest);
  CHECK(second.outcome == Outcome::created);
  CHECK(second.id != first);
}

TEST_CASE("a key whose period has passed is still held by its live job", "[unique]") {
  TestEngine engine;
  const jobs::JobId first = engine->submit({.kind = "k", .unique_key = "key", .unique_for = 1s});
  engine.clock.advance(1h);
  engine->run_timers();
  CHECK(periods(*engine) == 0);
  CHECK(engine->submit({.kind = "k", .unique_key = "key"}).id == first);
}

TEST_CASE("a replacement ends the period of the job it replaces", "[unique]") {
  TestEngine engine;
  engine->submit({.kind = "k", .unique_key = "key", .unique_for = 1h});
  CHECK(engine->submit({.kind = "k", .unique_key = "key", .on_conflict = OnConflict::replace_pending}).created());
  CHECK(std::move(*engine->claim()).complete("done") == jobs::Finish::ok);
  CHECK(engine->submit({.kind = "k", .unique_key = "key"}).outcome == Outcome::created);
}

TEST_CASE("periods that have passed are cleared away in bites, and the timers rest without any", "[unique]") {
  TestEngine engine;
  CHECK_FALSE(engine->run_timers());
  std::vector<jobs::JobSpec> specs;
  for (int i = 0; i < 250; ++i) specs.push_back({.kind = "k", .unique_key = std::to_string(i), .unique_for = 10s});
  for (const auto& submitted : engine->submit_all(specs)) engine->cancel(submitted.id);
  CHECK(engine->run_timers() == engine.clock.now() + 70s);
  engine.clock.advance(70s - 1ms);
  engine->run_timers();
  CHECK(periods(*engine) == 250);
  engine.clock.advance(1ms);
  CHECK(engine->run_timers() == engine.clock.now());
  CHECK(periods(*engine) == 150);
  engine->run_timers();
  CHECK_FALSE(engine->run_timers());
  CHECK(periods(*engine) == 0);
  engine.reopen();
  CHECK_FALSE(engine->run_timers());
}

TEST_CASE("a schedule's job keeps its unique key's rules", "[unique]") {
  TestEngine engine;
  engine->schedule({.name = "s",
                    .expression = "@every 10s",
                    .job = {.kind = "k",
                            .deadline = 1h,
                            .unique_key = "key",
                            .unique_for = 2s,
                            .on_conflict = OnConflict::replace_pending}});
  engine.clock.advance(10s);
  engine->run_timers();
  const jobs::JobId first = *engine->find_schedule("s")->last_job;
  CHECK(engine->find(first)->deadline == engine.clock.now() + 1h);
  CHECK(periods(*engine) == 1);
  engine.clock.advance(10s);
  engine->run_timers();
  CHECK(engine->find(first)->cancelled_by == "replaced");
}

TEST_CASE("a period without a key, or of no sensible length, is refused", "[unique]") {
  TestEngine engine;
  CHECK_THROWS_AS(engine->submit({.kind = "k", .unique_for = 1ms}), std::invalid_argument);
  CHECK_THROWS_AS(engine->submit({.kind = "k", .unique_key = "k", .unique_for = -1ms}), std::invalid_argument);
  CHECK_THROWS_AS(engine->submit({.kind = "k", .unique_key = "k", .unique_for = std::chrono::milliseconds::max()}),
                  std::invalid_argument);
}
