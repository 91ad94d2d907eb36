// Jobs that come after others, and batches with a callback: when they become due, and what a failure means for them.
#include <catch2/catch.hpp>

#include "ends.h"
#include "test_engine.h"

using namespace std::chrono_literals;
using jobs::AfterFailure;
using jobs::Finish;
using jobs::JobId;
using jobs::State;

namespace {

void complete_next(TestEngine& engine, const JobId& expected) {
  auto claim = engine->claim();
  REQUIRE(claim);
  CHECK(claim->id() == expected);
  const std::string summary = "done " + claim->payload();
  CHECK(std::move(*claim).complete(summary) == Finish::ok);
}

}  // namespace

TEST_CASE("a job is due when all that it comes after are complete, and not before", "[after]") {
  TestEngine engine;
  const JobId first = engine->submit({.kind = "k"});
  const JobId second = engine->submit({.kind = "k"});
  const JobId last = engine->submit({.kind = "k", .priority = 9, .after = {first, second, first}});
  CHECK(engine->find(last)->open_jobs == 2);
  complete_next(engine, first);
  CHECK(engine->find(last)->open_jobs == 1);
  complete_next(engine, second);
  engine.reopen();
  complete_next(engine, last);
}

TEST_CASE("a job that comes after terminal ones counts them at once", "[after]") {
  TestEngine engine;
  const JobId first = engine->submit({.kind = "k"});
  complete_next(engine, first);
  const JobId failed = engine->submit({.kind = "k"});
  CHECK(std::move(*engine->claim()).fail({.code = "x", .retry = false}) == Finish::ok);
  complete_next(engine, engine->submit({.kind = "k", .after = {first}}));
  complete_next(engine, engine->submit({.kind = "k", .after = {first, failed}, .after_failure = AfterFailure::run}));
  const JobId refused = engine->submit({.kind = "k", .after = {first, failed}});
  CHECK(engine->find(refused)->state == State::failed);
  CHECK(engine->find(refused)->failure->code == "dependency_failed");
  CHECK(engine->find(refused)->attempt == 0);
  CHECK_FALSE(engine->claim());
}

TEST_CASE("run_at holds for a job that comes after others", "[after]") {
  TestEngine engine;
  const JobId first = engine->submit({.kind = "k"});
  const JobId later = engine->submit({.kind = "k", .delay = 1h, .after = {first}});
  engine.clock.advance(30min);
  complete_next(engine, first);
  engine.clock.advance(30min - 1ms);
  CHECK_FALSE(engine->claim());
  engine.clock.advance(1ms);
  complete_next(engine, later);

  const JobId second = engine->submit({.kind = "k"});
  const JobId passed = engine->submit({.kind = "k", .delay = 1h, .after = {second}});
  engine.clock.advance(2h);
  engine->run_timers();
  complete_next(engine, second);
  complete_next(engine, passed);
}

TEST_CASE("a dependency that did not complete fails what comes after it, or lets it run", "[after]") {
  TestEngine engine;
  for (const bool cancelled : {false, true}) {
    const JobId first = engine->submit({.kind = "k"});
    const JobId fails = engine->submit({.kind = "k", .after = {first}});
    const JobId fails_too = engine->submit({.kind = "k", .after = {fails}});
    const JobId runs = engine->submit({.kind = "k", .after = {first, fails_too}, .after_failure = AfterFailure::run});
    if (cancelled) {
      engine->cancel(first);
    } else {
      CHECK(std::move(*engine->claim()).fail({.code = "x", .retry = false}) == Finish::ok);
    }
    for (const JobId& id : {fails, fails_too}) {
      CHECK(engine->find(id)->state == State::failed);
      CHECK(engine->find(id)->failure->code == "dependency_failed");
    }
    CHECK(engine->find(fails)->failure->message.find(first.to_string()) != std::string::npos);
    auto claim = engine->claim();
    REQUIRE(claim);
    CHECK(claim->id() == runs);
    const auto before = claim->dependencies();
    REQUIRE(before.size() == 2);
    CHECK(before[0].id == first);
    CHECK(before[0].state == (cancelled ? State::cancelled : State::failed));
    CHECK(before[1].failure->code == "dependency_failed");
    CHECK(std::move(*claim).complete("") == Finish::ok);
  }
}

TEST_CASE("an attempt that will be repeated is no failure yet", "[after]") {
  TestEngine engine;
  const JobId first = engine->submit({.kind = "k", .max_attempts = 2});
  const JobId next = engine->submit({.kind = "k", .after = {first}});
  CHECK(std::move(*engine->claim()).fail({.code = "x"}) == Finish::ok);
  CHECK(engine->find(next)->state == State::pending);
  engine.clock.advance(1h);
  complete_next(engine, first);
  complete_next(engine, next);
}

TEST_CASE("a job that waits for others is cancelled at once", "[after]") {
  TestEngine engine;
  const JobId first = engine->submit({.kind = "k"});
  const JobId waits = engine->submit({.kind = "k", .after = {first}});
  CHECK(engine->cancel(waits)->state == State::cancelled);
  complete_next(engine, first);
  CHECK_FALSE(engine->claim());
  CHECK(engine->find(waits)->state == State::cancelled);
}

TEST_CASE("an unknown job before it is refused by name, and nothing is stored", "[after]") {
  TestEngine engine({.retention = 1h});
  const JobId removed = engine->submit({.kind = "k"});
  complete_next(engine, removed);
  engine->submit({.kind = "k", .queue = "other"});
  engine.clock.advance(2h);
  engine->run_timers();
  for (const JobId& unknown : {removed, JobId(jobs::Uuid::from_number(99, 1)), JobId()}) {
    const std::vector<jobs::JobSpec> specs = {{.kind = "k"}, {.kind = "k", .after = {unknown}}};
    for (const int way : {0, 1, 2, 3}) {
      try {
        if (way == 0) engine->submit(specs[1]);
        if (way == 1) engine->submit_all(specs);
        if (way == 2) engine->submit_batch(specs, {.kind = "k"});
        if (way == 3) engine->submit_batch({}, specs[1]);
        FAIL("it was taken");
      } catch (const jobs::Error& error) {
        CHECK(error.code() == jobs::Errc::no_such_job);
        CHECK(std::string(error.what()).find(unknown.to_string()) != std::string::npos);
      }
    }
  }
  CHECK(engine->list({.queue = "default"}).empty());
}

TEST_CASE("a chain of a thousand failures ends in bites, over a crash too", "[after]") {
  TestEngine engine;
  const JobId first = engine->submit({.kind = "k"});
  JobId last = first;
  engine->transact([&](jobs::Transaction& tx) {
    for (int i = 0; i < 1000; ++i) last = tx.submit({.kind = "k", .after = {last}});
  });
  const auto failed = [&] { return engine->list({.state = State::failed, .limit = 1000}).size(); };
  engine->cancel(first);
  CHECK(failed() == 200);
  engine.reopen();
  CHECK(engine->run_timers() == engine.clock.now());
  CHECK(failed() == 400);
  while (engine->run_timers()) {
  }
  CHECK(failed() == 1000);
  CHECK(engine->find(last)->failure->code == "dependency_failed");
}

TEST_CASE("a crowd of jobs after one becomes due, though not in one bite", "[after]") {
  TestEngine engine({.durability = jobs::Durability::process_crash});
  const JobId first = engine->submit({.kind = "k"});
  const std::vector<jobs::JobSpec> crowd(450, {.kind = "k", .after = {first}});
  engine->submit_all(crowd);
  complete_next(engine, first);
  // A claim settles the rest as well.
  int claimed = 0;
  while (engine->claim()) ++claimed;
  CHECK(claimed == 450);
}

TEST_CASE("what a rolled back transaction ended, it did not end for others", "[after]") {
  TestEngine engine;
  const JobId first = engine->submit({.kind = "k"});
  const JobId next = engine->submit({.kind = "k", .after = {first}});
  CHECK_THROWS_AS(engine->transact([&](jobs::Transaction& tx) {
    tx.cancel(first, "");
    CHECK(tx.find(next)->state == State::failed);
    throw std::runtime_error("no");
  }),
                  std::runtime_error);
  CHECK(engine->find(next)->state == State::pending);
  complete_next(engine, first);
  complete_next(engine, next);
}

TEST_CASE("retention spares a job while one that comes after it is live", "[after][retention]") {
  TestEngine engine({.retention = 1h});
  const JobId first = engine->submit({.kind = "k", .payload = "1"});
  complete_next(engine, first);
  const JobId open = engine->submit({.kind = "k", .queue = "other"});
  const JobId callback = engine->submit({.kind = "k", .after = {first, open}});
  engine.clock.advance(2h);
  engine.run_timers_out();
  REQUIRE(engine->find(first));
  CHECK(std::move(*engine->claim({.queue = "other"})).complete("") == Finish::ok);
  auto claim = engine->claim();
  REQUIRE(claim);
  CHECK(claim->id() == callback);
  CHECK(claim->dependencies().at(0).summary == "done 1");
  CHECK(std::move(*claim).complete("") == Finish::ok);
  engine->submit({.kind = "k"});
  engine.clock.advance(2h);
  engine.reopen();  // a pass begins with the process
  engine.run_timers_out();
  for (const JobId& id : {first, open, callback}) CHECK_FALSE(engine->find(id));
  engine->read([](jobs::Reader& reader) {
    reader.query("SELECT count(*) FROM dependencies", {}, [](const jobs::Row& row) { CHECK(row.integer(0) == 0); });
  });
}

// ---- Batches ----

TEST_CASE("a batch's callback is due in the commit that ends the last of its jobs, however they end", "[batch]") {
  TestEngine engine;
  engine->handle("part", [](jobs::Context& job) {
    if (job.payload() == "bad") throw jobs::Failure{.code = "bad", .retry = false};
    return jobs::Result{.summary = job.payload()};
  });
  engine->handle("whole", [](jobs::Context& job) {
    std::string all;
    for (const jobs::Outcome& part : job.dependencies()) {
      all += part.failure ? part.failure->code + " " : part.summary.empty() ? "cancelled " : part.summary + " ";
    }
    return jobs::Result{.summary = all};
  });
  const std::vector<jobs::JobSpec> parts = {{.kind = "part", .payload = "one"},
                                            {.kind = "part", .payload = "bad"},
                                            {.kind = "part", .payload = "never", .delay = 1h}};
  const jobs::Batch batch = engine->submit_batch(parts, {.kind = "whole"});
  CHECK(batch.jobs.size() == 3);
  Ends ends(*engine);
  engine->start();
  ends.wait_for(batch.jobs[0], jobs::EventType::completed);
  ends.wait_for(batch.jobs[1], jobs::EventType::failed);
  CHECK(engine->find(batch.callback)->open_jobs == 1);
  engine->cancel(batch.jobs[2]);
  ends.wait_for(batch.callback, jobs::EventType::completed);
  CHECK(engine->find(batch.callback)->summary == "one bad cancelled ");
}

TEST_CASE("a batch survives a crash between the end of its last job and the callback", "[batch]") {
  TestEngine engine;
  const std::vector<jobs::JobSpec> parts(2, {.kind = "k"});
  const jobs::Batch batch = engine->submit_batch(parts, {.kind = "k", .queue = "callbacks"});
  for (int i = 0; i < 2; ++i) CHECK(std::move(*engine->claim()).complete("") == Finish::ok);
  engine.reopen();
  auto claim = engine->claim({.queue = "callbacks"});
  REQUIRE(claim);
  CHECK(claim->id() == batch.callback);
}

TEST_CASE("a batch without jobs calls back at once; one with a live unique key waits for its holder", "[batch]") {
  TestEngine engine;
  complete_next(engine, engine->submit_batch({}, {.kind = "k"}).callback);
  const JobId holder = engine->submit({.kind = "k", .unique_key = "u"});
  const std::vector<jobs::JobSpec> parts = {{.kind = "k", .unique_key = "u"}};
  const jobs::Batch batch = engine->submit_batch(parts, {.kind = "k"});
  CHECK(batch.jobs[0].id == holder);
  complete_next(engine, holder);
  complete_next(engine, batch.callback);
  CHECK_THROWS_AS(engine->submit_batch(parts, {.kind = "k", .unique_key = "c"}), std::invalid_argument);
  const std::vector<jobs::JobSpec> too_many(jobs::open_jobs_max + 1, {.kind = "k"});
  CHECK_THROWS_AS(engine->submit_batch(too_many, {.kind = "k"}), std::invalid_argument);
}
