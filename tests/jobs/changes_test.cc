// Engine::changes(): whether what was read of a job is still true.
#include <catch2/catch.hpp>

#include "test_engine.h"

using namespace std::chrono_literals;
using jobs::JobId;

TEST_CASE("changes() answers otherwise once something of the job has changed, and the same until then", "[changes]") {
  TestEngine engine({.retention = 24h});
  std::uint64_t before = 0;
  const auto changed = [&](const JobId& job) { return std::exchange(before, engine->changes(job)) != before; };
  const JobId job = engine->submit({.kind = "k"});
  CHECK(changed(job));
  CHECK_FALSE(changed(job));
  const JobId other = engine->submit({.kind = "k", .priority = -1});
  CHECK_FALSE(changed(job));

  auto claim = engine->claim();
  REQUIRE(claim->id() == job);
  CHECK(changed(job));
  CHECK(claim->progress(1, "half") == jobs::Finish::ok);
  CHECK(changed(job));
  CHECK(engine->cancel(other));
  CHECK_FALSE(changed(job));
  CHECK(std::move(*claim).complete("done") == jobs::Finish::ok);
  CHECK(changed(job));
  CHECK(engine->find(job));
  engine->submit({.kind = "the newest stays"});
  engine.clock.advance(24h);
  engine.run_timers_out();
  CHECK_FALSE(engine->find(job));
  CHECK(changed(job));
}

TEST_CASE("changes() tells of the embedder's own statements too", "[changes]") {
  TestEngine engine;
  const JobId job = engine->submit({.kind = "k"});
  const std::uint64_t before = engine->changes(job);
  engine->transact([&](jobs::Transaction& tx) { tx.execute("UPDATE jobs SET metadata = 'm' WHERE number = ?1", {job.number()}); });
  CHECK(engine->changes(job) != before);
}

TEST_CASE("changes() has changed before the caller who changed something goes on, and not before others can read it", "[changes]") {
  struct Looks : jobs::Observer {
    jobs::Engine* engine = nullptr;
    std::optional<JobId> job = {};
    std::uint64_t before = 0;
    bool changed = false;
    void finished(const jobs::JobNotice&, jobs::AttemptEnd, std::chrono::milliseconds) override {
      changed = engine->changes(*job) != before && jobs::is_terminal(engine->find(*job)->state);
    }
  };
  Looks looks;
  TestEngine engine({.observer = &looks});
  looks.engine = &*engine;
  looks.job = engine->submit({.kind = "k"});
  auto claim = engine->claim();
  looks.before = engine->changes(*looks.job);
  engine->transact([&](jobs::Transaction& tx) {
    CHECK(tx.complete({claim->id(), claim->attempt()}, {.summary = "done"}) == jobs::Finish::ok);
    CHECK(engine->changes(*looks.job) == looks.before);
  });
  CHECK(looks.changed);
  engine.close();
}
