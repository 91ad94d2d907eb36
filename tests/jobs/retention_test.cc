// Retention: finished jobs go when their time is over, with all that is theirs, and nothing else goes.
#include <catch2/catch.hpp>

#include "test_engine.h"

using namespace std::chrono_literals;
using jobs::Finish;

namespace {

std::int64_t count(jobs::Engine& engine, const std::string& table) {
  std::int64_t rows = -1;
  engine.read([&](jobs::Reader& reader) {
    reader.query("SELECT count(*) FROM " + table, {}, [&](const jobs::Row& row) { rows = row.integer(0); });
  });
  return rows;
}

jobs::JobId finished(jobs::Engine& engine) {
  const jobs::JobId id = engine.submit({.kind = "k",
                                        .payload = std::string(9'000, 'p'),
                                        .webhook = jobs::WebhookTarget{.url = "https://example.org/hook"}});
  auto claim = engine.claim();
  CHECK(claim->store_step("s", "r") == Finish::ok);
  CHECK(claim->complete(jobs::Result{"done", "output"}) == Finish::ok);
  return id;
}

}  // namespace

TEST_CASE("a finished job goes when its time is over and not a millisecond before", "[retention]") {
  TestEngine engine({.retention = 24h});
  const jobs::JobId old = finished(*engine);
  engine.clock.advance(1ms);
  const jobs::JobId young = finished(*engine);
  engine.clock.advance(24h - 2ms);
  engine->run_timers();
  CHECK(engine->find(old));
  engine.clock.advance(1ms);
  engine.reopen();  // a pass begins with the process
  engine->run_timers();
  CHECK_FALSE(engine->find(old));
  CHECK(engine->find(young));
  // With all that was its own.
  for (const char* const table : {"jobs", "payloads", "results", "steps", "webhooks", "deliveries"}) {
    INFO(table);
    CHECK(count(*engine, table) == 1);
  }
  CHECK(count(*engine, "events") == 4);
}

TEST_CASE("a job that has not ended stays however old it is", "[retention]") {
  TestEngine engine({.retention = 1h});
  const jobs::JobId waiting = engine->submit({.kind = "k", .queue = "other"});
  const jobs::JobId running = engine->submit({.kind = "k"});
  REQUIRE(engine->claim({.lease = 1000h}));
  finished(*engine);
  engine->submit({.kind = "last"});
  engine.clock.advance(100h);
  engine->run_timers();
  CHECK(engine->find(waiting));
  CHECK(engine->find(running));
  CHECK(count(*engine, "results") == 0);
}

TEST_CASE("numbers rise over a restart although everything finished has gone", "[retention]") {
  TestEngine engine({.retention = 1h});
  for (int i = 0; i < 5; ++i) finished(*engine);
  const auto last = engine->list().front().id.number();
  const auto event = engine->events(0).back().id;
  engine.clock.advance(2h);
  engine->run_timers();
  engine.reopen();
  CHECK(finished(*engine).number() > last);
  CHECK(engine->events(event).size() == 4);
}

TEST_CASE("a long history is removed in bites", "[retention]") {
  TestEngine engine({.retention = 1h});
  const std::vector<jobs::JobSpec> specs(1000, {.kind = "k"});
  for (const auto& submitted : engine->submit_all(specs)) engine->cancel(submitted.id);
  engine.clock.advance(2h);
  engine->run_timers();
  CHECK(count(*engine, "jobs") == 900);
  while (engine->run_timers() == engine.clock.now()) {
  }
  CHECK(count(*engine, "jobs") == 1);
}

TEST_CASE("without retention nothing goes", "[retention]") {
  TestEngine engine;
  const jobs::JobId id = finished(*engine);
  engine->submit({.kind = "k"});
  engine.clock.advance(24h * 3650);
  engine->run_timers();
  CHECK(engine->find(id));
}
