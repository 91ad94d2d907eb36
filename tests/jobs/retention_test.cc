// Retention: finished jobs go when their time is over, with all that is theirs, and nothing else goes.
#include <catch2/catch.hpp>

#include "run/janitor.h"
#include "store/database.h"
#include "store/integrity.h"
#include "store/readers.h"
#include "store/retention.h"
#include "store/writer.h"
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
  CHECK(std::move(*claim).complete(jobs::Result{"done", "output"}) == Finish::ok);
  return id;
}

}  // namespace

TEST_CASE("a finished job goes when its time is over and not a millisecond before", "[retention]") {
  TestEngine engine({.retention = 24h});
  const jobs::JobId old = finished(*engine);
  engine.clock.advance(1ms);
  const jobs::JobId young = finished(*engine);
  engine.clock.advance(24h - 2ms);
  engine.run_timers_out();
  CHECK(engine->find(old));
  engine.clock.advance(1ms);
  engine.reopen();  // a pass begins with the process
  engine.run_timers_out();
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
  engine.run_timers_out();
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
  engine.run_timers_out();
  engine.reopen();
  CHECK(finished(*engine).number() > last);
  CHECK(engine->events(event).size() == 4);
}

TEST_CASE("each queue and each end has its own time", "[retention]") {
  TestEngine engine({.queues = {{"default", {.retention = {.complete = 1h, .failed = 0h}}}, {"other", {}}}, .retention = 3h});
  const jobs::JobId complete = finished(*engine);
  const jobs::JobId failed = engine->submit({.kind = "k"});
  CHECK(std::move(*engine->claim()).fail({.code = "c", .retry = false}) == Finish::ok);
  const jobs::JobId cancelled = engine->submit({.kind = "k"});
  engine->cancel(cancelled);
  const jobs::JobId elsewhere = engine->submit({.kind = "k", .queue = "other"});
  engine->cancel(elsewhere);
  const jobs::JobId unnamed = engine->submit({.kind = "k", .queue = "of no options"});
  engine->cancel(unnamed);
  engine->submit({.kind = "last"});
  const auto all_timers = [&] {
    while (engine->run_timers() == engine.clock.now()) {
    }
  };
  engine.clock.advance(1h - 1ms);
  all_timers();
  CHECK(engine->find(complete));
  // The next search is when the first can be over, and not before.
  CHECK(engine->run_timers() <= engine.clock.now() + 10min);
  engine.clock.advance(10min);
  all_timers();
  CHECK_FALSE(engine->find(complete));
  CHECK(engine->find(cancelled));
  CHECK(engine->find(elsewhere));
  engine.clock.advance(2h);
  all_timers();
  CHECK_FALSE(engine->find(cancelled));
  CHECK_FALSE(engine->find(elsewhere));
  CHECK_FALSE(engine->find(unnamed));
  engine.clock.advance(24h * 3650);
  all_timers();
  CHECK(engine->find(failed));
  CHECK(engine->check_integrity().empty());
  CHECK_THROWS_AS(jobs::Engine({.path = engine.folder / "x", .queues = {{"q", {.retention = {.failed = -1ms}}}}}),
                  std::invalid_argument);
}

TEST_CASE("a job that ran again is kept from its new end on", "[retention]") {
  TestEngine engine({.queues = {{"default", {.retention = {.complete = 1h, .failed = 0h}}}}});
  const auto all_timers = [&] {
    while (engine->run_timers() == engine.clock.now()) {
    }
  };
  const jobs::JobId id = engine->submit({.kind = "k"});
  CHECK(std::move(*engine->claim()).fail({.code = "c", .retry = false}) == Finish::ok);
  engine->submit({.kind = "last"});
  CHECK(std::move(*engine->claim()).complete("done") == Finish::ok);
  all_timers();
  engine.clock.advance(100h);
  all_timers();
  // It was kept for ever, and now is no more.
  REQUIRE(engine->retry_now(id) == jobs::RetryNow::revived);
  CHECK(std::move(*engine->claim()).complete("done") == Finish::ok);
  engine->submit({.kind = "last"});
  engine.clock.advance(1h - 1ms);
  all_timers();
  CHECK(engine->find(id));
  engine.clock.advance(24h);
  all_timers();
  CHECK_FALSE(engine->find(id));
}

namespace {

// The janitor alone, with a stopwatch that moves by `step` each time somebody looks at it, and by `commit` with each commit.
struct Bites {
  explicit Bites(const jobs::Options& options)
      : database(jobs::store::open_writer(options.path, jobs::Durability::process_crash, {}, {})),
        table(*database),
        readers(options.path),
        writer(*database, hooks(), 100, 100, 1 << 24),
        janitor(writer, readers, table, options, [this] { return time += step; }) {}

  jobs::store::Writer::Hooks hooks() {
    return {.begin = [] {}, .before_commit = [] {}, .committed = [this] { time += commit; }, .rolled_back = [] {}};
  }
  std::int64_t jobs() { return database->execAndGet("SELECT count(*) FROM jobs").getInt64(); }
  // How many go in one bite.
  std::int64_t bite(jobs::Time now) {
    const std::int64_t before = jobs();
    janitor.run_once(now);
    return before - jobs();
  }

  std::chrono::steady_clock::time_point time = {};
  std::chrono::microseconds step{0};
  std::chrono::microseconds commit{0};
  std::unique_ptr<SQLite::Database> database;
  jobs::store::RetentionTable table;
  jobs::store::Readers readers;
  jobs::store::Writer writer;
  jobs::run::Janitor janitor;
};

}  // namespace

TEST_CASE("a bite is as large as its time allows", "[retention]") {
  TestEngine engine({.retention = 1h});
  for (const auto& submitted : engine->submit_all(std::vector<jobs::JobSpec>(3'000, {.kind = "k"}))) {
    engine->cancel(submitted.id);
  }
  engine.close();
  engine.clock.advance(2h);
  Bites bites(engine.options());
  const jobs::Time now = engine.clock.now();

  CHECK(bites.bite(now) == 1000);  // time stands still: the most of one bite
  bites.step = 100us;
  const auto at_100us = bites.bite(now);
  CHECK(at_100us > 20);
  CHECK(at_100us <= 40);  // four milliseconds
  bites.step = 400us;
  CHECK(bites.bite(now) < at_100us / 2);
  // What the commit takes is taken off, but something is always removed.
  bites.step = 100us;
  bites.commit = 6ms;
  bites.bite(now);
  const auto beside_slow_commit = bites.bite(now);
  CHECK(beside_slow_commit < at_100us);
  bites.commit = 1s;
  bites.bite(now);
  const auto least = bites.bite(now);
  CHECK(least >= 1);
  CHECK(least <= 5);
  bites.step = 1s;  // a single job takes too long
  CHECK(bites.bite(now) == 1);

  bites.step = bites.commit = 0us;
  while (bites.janitor.run_once(now) == now) {
  }
  CHECK(bites.jobs() == 1);  // the newest
}

TEST_CASE("a job that has run again since it was found stays", "[retention]") {
  TestEngine engine;
  const jobs::JobId id = finished(*engine);
  engine->submit({.kind = "last"});
  const jobs::Time at = engine.clock.now();
  engine.close();
  Bites bites(engine.options());
  const jobs::store::Patience::Stopwatch stopwatch = [&] { return bites.time; };
  const auto after_removing = [&](jobs::Time found_at) {
    bites.writer.run([&] {
      jobs::store::Patience patience(stopwatch, 1s);
      CHECK(bites.table.remove({.number = id.number(), .finished_at = found_at}, patience) ==
            jobs::store::RetentionTable::Removed::done);
    });
    return bites.jobs();
  };
  CHECK(after_removing(at - 1ms) == 2);
  CHECK(after_removing(at) == 1);
}

TEST_CASE("a large job is removed in pieces, and is sound in between", "[retention]") {
  TestEngine engine({.durability = jobs::Durability::process_crash});
  engine->submit({.kind = "large"});
  auto claim = engine->claim();
  engine->transact([&](jobs::Transaction& tx) {  // 300 steps, without 300 commits
    tx.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) "
               "INSERT INTO steps (job, name, attempt, at, result) SELECT ?1, 's' || i, 1, 0, 'r' FROM n",
               {claim->id().number()});
  });
  for (int i = 0; i < 200; ++i) CHECK(claim->progress(i, "on") == Finish::ok);
  const jobs::JobId large = claim->id();
  CHECK(std::move(*claim).complete("done") == Finish::ok);
  engine->submit({.kind = "last"});
  engine.close();
  engine.options().retention = 1h;
  engine.clock.advance(2h);
  int bites_taken = 0;
  {
    Bites bites(engine.options());
    bites.step = 1s;  // one piece a bite
    for (; bites.jobs() == 2; ++bites_taken) {
      bites.janitor.run_once(engine.clock.now());
      CHECK(jobs::store::check_integrity(engine.options().path, jobs::CheckDepth::full).empty());
    }
  }
  CHECK(bites_taken > 10);
  engine.open();
  CHECK_FALSE(engine->find(large));
  for (const char* const table : {"steps", "results", "failures"}) CHECK(count(*engine, table) == 0);
  CHECK(count(*engine, "events") == 1);
}

TEST_CASE("a history that is kept is looked at once", "[retention]") {
  // The first page expires, the rest is kept: the next search starts when something can be over.
  TestEngine engine({.queues = {{"default", {}}, {"kept", {.retention = {.cancelled = 0h}}}}, .retention = 1h});
  for (const auto& submitted : engine->submit_all(std::vector<jobs::JobSpec>(4'100, {.kind = "k", .queue = "kept"}))) {
    engine->cancel(submitted.id);
  }
  engine.clock.advance(2h);
  int rounds = 0;
  while (engine->run_timers() == engine.clock.now()) ++rounds;
  CHECK(rounds == 3);  // three pages
  CHECK(engine->run_timers() >= engine.clock.now() + 6min);
  CHECK(count(*engine, "jobs") == 4'100);
  engine.clock.advance(1h);
  rounds = 0;
  while (engine->run_timers() == engine.clock.now()) ++rounds;
  CHECK(rounds == 1);  // only what came since
}

TEST_CASE("without retention nothing goes", "[retention]") {
  TestEngine engine;
  const jobs::JobId id = finished(*engine);
  engine->submit({.kind = "k"});
  engine.clock.advance(24h * 3650);
  engine.run_timers_out();
  CHECK(engine->find(id));
}
