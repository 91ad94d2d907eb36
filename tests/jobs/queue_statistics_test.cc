// What can be read about a queue, from counters that move with each commit.
#include <catch2/catch.hpp>

#include "run/statistics.h"
#include "test_engine.h"

using namespace std::chrono_literals;

namespace {

jobs::QueueStatistics of(TestEngine& engine) { return engine->statistics("default").value(); }

// "scheduled ready running", as they are.
std::string depth(TestEngine& engine) {
  const auto now = of(engine);
  return std::to_string(now.scheduled) + " " + std::to_string(now.ready) + " " + std::to_string(now.running);
}

}  // namespace

TEST_CASE("the depth of a queue follows each job through its states", "[statistics]") {
  TestEngine engine;
  CHECK(depth(engine) == "0 0 0");
  const auto later = engine->submit({.kind = "k", .delay = 1min});
  engine->submit({.kind = "k"});
  CHECK(depth(engine) == "1 1 0");
  auto claim = engine->claim();
  CHECK(depth(engine) == "1 0 1");
  CHECK(std::move(*claim).release(2min) == jobs::Finish::ok);
  CHECK(depth(engine) == "2 0 0");
  engine.clock.advance(1min);
  engine->run_timers();
  CHECK(depth(engine) == "1 1 0");
  engine->cancel(later);
  CHECK(depth(engine) == "1 0 0");
  CHECK(engine->retry_now(later) == jobs::RetryNow::revived);
  CHECK(depth(engine) == "1 1 0");
  engine->cancel(later);
  engine.reopen();
  CHECK(depth(engine) == "1 0 0");
}

TEST_CASE("finishes are counted by outcome, since the engine was opened and over the last minute", "[statistics]") {
  TestEngine engine;
  jobs::JobId last;
  for (int i = 0; i < 4; ++i) last = engine->submit({.kind = "k", .max_attempts = i == 1 ? 1 : 2});
  CHECK(std::move(*engine->claim()).complete("") == jobs::Finish::ok);
  CHECK(std::move(*engine->claim()).fail({.code = "x"}) == jobs::Finish::ok);
  CHECK(std::move(*engine->claim()).fail({.code = "x"}) == jobs::Finish::ok);
  engine->cancel(last);
  const auto check = [](const jobs::Throughput& seen) {
    CHECK(seen.submitted == 4);
    CHECK(seen.started == 3);
    CHECK(seen.completed == 1);
    CHECK(seen.failed == 1);
    CHECK(seen.retried == 1);
    CHECK(seen.cancelled == 1);
  };
  check(of(engine).since_open);
  engine.clock.advance(59s);
  check(of(engine).last_minute);
  engine.clock.advance(1s);
  CHECK(of(engine).last_minute.submitted == 0);
  check(of(engine).since_open);
  engine.reopen();
  CHECK(of(engine).since_open.submitted == 0);
}

TEST_CASE("a transaction that is undone leaves every count as it was", "[statistics]") {
  TestEngine engine;
  const auto job = engine->submit({.kind = "k"});
  CHECK_THROWS(engine->transact([&](jobs::Transaction& tx) {
    tx.submit({.kind = "k"});
    tx.cancel(job, {});
    throw std::runtime_error("no");
  }));
  CHECK(depth(engine) == "0 1 0");
  CHECK(of(engine).since_open.submitted == 1);
  CHECK(of(engine).since_open.cancelled == 0);
  CHECK(engine->claim());
}

TEST_CASE("waiting and running fall into buckets whose bounds double", "[statistics]") {
  TestEngine engine;
  engine->submit({.kind = "k"});
  engine.clock.advance(3ms);
  auto claim = engine->claim();
  engine.clock.advance(4ms);
  CHECK(std::move(*claim).complete("") == jobs::Finish::ok);
  const auto now = of(engine);
  CHECK(now.wait.count == 1);
  CHECK(now.wait.sum == 3ms);
  CHECK(now.wait.buckets[2] == 1);  // 2 to 4 ms
  CHECK(now.run.count == 1);
  CHECK(now.run.sum == 4ms);
  CHECK(now.run.buckets[3] == 1);  // 4 to 8 ms
}

TEST_CASE("a bucket holds what is below its bound, and the last one the rest", "[statistics]") {
  using jobs::store::Move;
  for (std::size_t i = 0; i + 1 < jobs::Histogram::size; ++i) {
    jobs::run::Statistics statistics;
    const auto bound = jobs::Histogram::bound(i);
    for (const auto took : {bound - 1ms, bound}) {
      statistics.count(std::vector<Move>{{.queue = 1, .from = jobs::store::Place::running, .took = took}}, {});
    }
    const auto run = statistics.read({}).at(1).run;
    CHECK(run.buckets[i] == 1);
    CHECK(run.buckets[i + 1] == 1);
  }
}

TEST_CASE("the age of the oldest job that is next is told over all keys and priorities", "[statistics]") {
  TestEngine engine;
  CHECK(of(engine).oldest_ready == 0ms);
  engine->submit({.kind = "k", .key = "a", .priority = 1});
  engine.clock.advance(1s);
  engine->submit({.kind = "k", .key = "b", .priority = 9});
  engine->submit({.kind = "k", .key = "a", .priority = 5});
  engine.clock.advance(1s);
  engine->submit({.kind = "k"});
  CHECK(of(engine).oldest_ready == 2s);
  // Neither one that waits for its moment nor one in another queue counts.
  engine->submit({.kind = "k", .delay = 1h});
  engine->submit({.kind = "k", .queue = "other"});
  engine.clock.advance(1s);
  CHECK(of(engine).oldest_ready == 3s);
  CHECK(engine->statistics("other")->oldest_ready == 1s);
  CHECK(engine->statistics().size() == 2);
  CHECK_FALSE(engine->statistics("none"));
}
