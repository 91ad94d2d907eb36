// Turns between the keys of a queue, and what keeps a job from starting: limits, rates, order, a pause.
#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <latch>
#include <thread>

#include "test_engine.h"

using namespace std::chrono_literals;
using jobs::Claim;
using jobs::QueueOptions;

namespace {

jobs::Options queue(const QueueOptions& options) { return {.queues = {{"default", options}}}; }

jobs::JobSpec of(const std::string& key, const std::string& payload = {}, int priority = 0) {
  return {.kind = "k", .payload = payload, .key = key, .priority = priority};
}

// Claims until nothing may start, and names what started: the payload, or else the key.
std::string claim_all(TestEngine& engine, std::vector<Claim>* claims = nullptr) {
  std::string order;
  while (auto claim = engine->claim()) {
    order += claim->payload().empty() ? claim->job().key : claim->payload();
    if (claims) claims->push_back(std::move(*claim));
  }
  return order;
}

void finish(Claim& claim) { CHECK(std::move(claim).complete("") == jobs::Finish::ok); }

std::int64_t rows(TestEngine& engine, const std::string& table) {
  std::int64_t count = 0;
  engine->read([&](jobs::Reader& reader) {
    reader.query("SELECT count(*) FROM " + table, {}, [&](const jobs::Row& row) { count = row.integer(0); });
  });
  return count;
}

}  // namespace

TEST_CASE("a key with a thousand jobs and a key with one take turns", "[turns]") {
  TestEngine engine;
  std::vector<jobs::JobSpec> many(1000, of("big"));
  engine->submit_all(many);
  engine->submit(of("small"));
  CHECK(engine->claim()->job().key == "big");
  CHECK(engine->claim()->job().key == "small");
  CHECK(engine->claim()->job().key == "big");
}

TEST_CASE("jobs without a key take their turn together, by priority and then number", "[turns]") {
  TestEngine engine;
  for (const char* payload : {"1", "2", "3", "4"}) engine->submit(of("", payload, *payload % 2 == 0 ? 5 : 0));
  SECTION("alone, as ever") { CHECK(claim_all(engine) == "2413"); }
  SECTION("beside a key, every other time") {
    engine->submit(of("a"));
    engine->submit(of("a"));
    CHECK(claim_all(engine) == "2a4a13");
  }
}

TEST_CASE("priority orders the jobs of a key and brings no key its turn earlier", "[turns]") {
  TestEngine engine;
  engine->submit(of("a", "a0"));
  engine->submit(of("b", "b0", 100));
  engine->submit(of("a", "a9", 9));
  CHECK(claim_all(engine) == "a9b0a0");
}

TEST_CASE("turns are counted again at the next start, and forgotten with the last job of a key", "[turns]") {
  TestEngine engine;
  engine->submit(of("a"));
  engine->submit(of("a"));
  engine->submit(of("b"));
  engine.reopen();
  CHECK(claim_all(engine) == "aba");
}

TEST_CASE("what a rolled back transaction submitted has no turn", "[turns]") {
  TestEngine engine;
  engine->submit(of("a"));
  CHECK_THROWS(engine->transact([](jobs::Transaction& tx) {
    tx.submit(of("b"));
    tx.submit({.kind = "k", .queue = "new", .key = "b"});
    throw std::runtime_error("no");
  }));
  CHECK(claim_all(engine) == "a");
  CHECK(engine->statistics().size() == 1);
  CHECK(engine->statistics("default")->running == 1);
}

TEST_CASE("no more runs of a queue at once than its limit, over workers and hand claims", "[turns]") {
  TestEngine engine(queue({.workers = 0, .concurrency = 2}));
  for (int i = 0; i < 4; ++i) engine->submit(of(i % 2 ? "a" : ""));
  std::vector<Claim> claims;
  CHECK(claim_all(engine, &claims) == "a");
  REQUIRE(claims.size() == 2);
  finish(claims[0]);
  CHECK(engine->claim());
  CHECK_FALSE(engine->claim());
  SECTION("a restart counts the runs that outlive it") {
    engine->submit({.kind = "k"});
    finish(claims[1]);
    auto outside = engine->claim({.lease = 1h, .outside = true});
    REQUIRE(outside);
    engine.reopen();
    // The run of the process that is gone came back, and the one outside goes on.
    CHECK(engine->claim());
    CHECK_FALSE(engine->claim());
  }
}

TEST_CASE("no more runs of a key at once than its limit, and the others go on", "[turns]") {
  TestEngine engine(queue({.workers = 0, .key_concurrency = 1}));
  for (const char* key : {"a", "a", "a", "b", "", ""}) engine->submit(of(key));
  std::vector<Claim> claims;
  CHECK(claim_all(engine, &claims) == "ab");
  CHECK(claims.size() == 4);  // jobs without a key are not limited
  SECTION("the end of a run lets the next one start") {
    finish(claims[0]);
    CHECK(claim_all(engine) == "a");
  }
  SECTION("so does the end of its lease") {
    engine.clock.advance(30s);
    // What silent runs return is due again; a and b have one place each.
    CHECK(claim_all(engine, &claims) == "ab");
  }
}

TEST_CASE("workers that found a limit start the next job when a run ends", "[turns]") {
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  std::latch done(20);
  TestEngine engine(queue({.workers = 4, .key_concurrency = 1}));
  engine->handle("k", [&](jobs::Context&) {
    most = std::max(most.load(), ++running);
    std::this_thread::yield();
    --running;
    done.count_down();
    return jobs::Result{};
  });
  engine->start();
  const std::vector<jobs::JobSpec> many(20, of("a"));
  engine->submit_all(many);
  done.wait();
  CHECK(most == 1);
}

TEST_CASE("a rate lets a burst through, and then one by one", "[turns]") {
  TestEngine engine(queue({.workers = 0, .rate = {.count = 3, .per = 3s}}));
  for (int i = 0; i < 9; ++i) engine->submit(of("", std::to_string(i)));
  CHECK(claim_all(engine) == "012");
  engine.clock.advance(999ms);
  CHECK_FALSE(engine->claim());
  engine.clock.advance(1ms);
  CHECK(claim_all(engine) == "3");
  engine.clock.advance(2s);
  CHECK(claim_all(engine) == "45");
  SECTION("a restart does not refill it") {
    engine.reopen();
    CHECK_FALSE(engine->claim());
    engine.clock.advance(1s);
    CHECK(engine->claim());
    CHECK_FALSE(engine->claim());
  }
}

TEST_CASE("a rate with a burst of one spaces its starts evenly", "[turns]") {
  TestEngine engine(queue({.workers = 0, .rate = {.count = 10, .per = 1s, .burst = 1}}));
  engine->submit_all(std::vector<jobs::JobSpec>(30, of("")));
  std::vector<jobs::Time> starts;
  for (int ms = 0; ms < 1000; ms += 10, engine.clock.advance(10ms)) {
    while (auto claim = engine->claim()) starts.push_back(engine.clock.now());
  }
  REQUIRE(starts.size() == 10);
  for (std::size_t i = 1; i < starts.size(); ++i) CHECK(starts[i] - starts[i - 1] == 100ms);
}

TEST_CASE("each key has its own rate, which outlives the key's jobs and goes when it says nothing any more", "[turns]") {
  TestEngine engine(queue({.workers = 0, .key_rate = {.count = 1, .per = 10s}}));
  for (const char* key : {"a", "a", "b", "", ""}) engine->submit(of(key));
  std::vector<Claim> claims;
  CHECK(claim_all(engine, &claims) == "ab");
  for (Claim& claim : claims) finish(claim);
  CHECK(claims.size() == 4);  // jobs without a key have no rate of a key
  CHECK(rows(engine, "rates") == 2);
  engine.clock.advance(9'999ms);
  CHECK_FALSE(engine->claim());
  engine.clock.advance(1ms);
  auto claim = engine->claim();
  REQUIRE(claim);
  finish(*claim);
  engine->submit(of("a"));
  CHECK_FALSE(engine->claim());
  engine.reopen();
  CHECK_FALSE(engine->claim());
  engine.clock.advance(10s);
  CHECK(engine->claim());
  engine.clock.advance(10s + 1min);
  engine->run_timers();
  CHECK(rows(engine, "rates") == 0);
}

TEST_CASE("a worker that a rate holds back starts when the rate allows", "[turns]") {
  std::promise<void> first;
  std::promise<void> second;
  TestEngine engine(queue({.workers = 1, .rate = {.count = 1, .per = 1h}}));
  engine->handle("k", [&](jobs::Context& job) {
    (job.payload() == "1" ? first : second).set_value();
    return jobs::Result{};
  });
  engine->start();
  engine->submit(of("", "1"));
  engine->submit(of("", "2"));
  first.get_future().wait();
  auto ran = second.get_future();
  CHECK(engine->statistics("default")->ready == 1);
  engine.clock.advance(1h);
  CHECK(ran.wait_for(30s) == std::future_status::ready);
}

TEST_CASE("a slower rate of before does not outlast its change", "[turns]") {
  TestEngine engine(queue({.workers = 0, .rate = {.count = 1, .per = 24h}}));
  for (int i = 0; i < 3; ++i) engine->submit(of(""));
  CHECK(std::move(*engine->claim()).complete("") == jobs::Finish::ok);
  engine.options().queues["default"].rate = {.count = 1, .per = 1s};
  engine.reopen();
  CHECK(engine->claim());
  CHECK_FALSE(engine->claim());
  engine.clock.advance(1s);
  CHECK(engine->claim());
}

TEST_CASE("the jobs of a key run in the order of submission, one at a time, also while one waits for a retry", "[turns]") {
  TestEngine engine(queue({.workers = 0, .ordered = true}));
  engine->submit(of("a", "1"));
  engine->submit(of("a", "2", 9));
  engine->submit(of("b", "3"));
  std::vector<Claim> claims;
  CHECK(claim_all(engine, &claims) == "13");
  CHECK(std::move(claims[0]).release(10s) == jobs::Finish::ok);
  CHECK_FALSE(engine->claim());
  engine->submit(of("a", "4"));
  CHECK_FALSE(engine->claim());
  SECTION("its time comes") {
    engine.clock.advance(10s);
    CHECK(claim_all(engine) == "1");
  }
  SECTION("it is cancelled") {
    engine->cancel(claims[0].id());
    CHECK(claim_all(engine) == "2");
  }
  SECTION("a restart keeps the order") {
    engine.reopen();
    CHECK(claim_all(engine) == "3");  // its run came back with the restart
    engine.clock.advance(10s);
    CHECK(claim_all(engine) == "1");
  }
}

TEST_CASE("jobs without a key are not ordered", "[turns]") {
  TestEngine engine(queue({.workers = 0, .ordered = true}));
  engine->submit(of("", "1"));
  engine->submit(of("", "2", 9));
  CHECK(claim_all(engine) == "21");
}

TEST_CASE("a paused queue starts nothing until it is resumed, whatever restarts meanwhile", "[turns]") {
  TestEngine engine;
  engine->submit(of("", "1"));
  auto running = engine->claim();
  REQUIRE(running);
  engine->submit(of("", "2"));
  engine->pause_queue("default");
  CHECK(engine->statistics("default")->paused);
  CHECK_FALSE(engine->claim());
  finish(*running);
  engine.reopen();
  CHECK_FALSE(engine->claim());
  engine->resume_queue("default");
  CHECK_FALSE(engine->statistics("default")->paused);
  CHECK(claim_all(engine) == "2");
}

TEST_CASE("a queue without workers or jobs can be paused, and is the only one", "[turns]") {
  TestEngine engine;
  engine->pause_queue("other");
  engine->submit({.kind = "k", .queue = "other"});
  engine->submit({.kind = "k"});
  CHECK_FALSE(engine->claim({.queue = "other"}));
  CHECK(engine->claim());
  CHECK_THROWS_AS(engine->pause_queue(""), std::invalid_argument);
}

TEST_CASE("workers go on when their queue is resumed", "[turns]") {
  std::promise<void> ran;
  TestEngine engine;
  engine->handle("k", [&](jobs::Context&) {
    ran.set_value();
    return jobs::Result{};
  });
  engine->pause_queue("default");
  engine->start();
  engine->submit({.kind = "k"});
  CHECK(engine->statistics("default")->ready == 1);
  engine->resume_queue("default");
  CHECK(ran.get_future().wait_for(30s) == std::future_status::ready);
}

TEST_CASE("options that make no sense are refused with their name", "[turns]") {
  const auto refused = [](const QueueOptions& options) {
    CHECK_THROWS_AS(TestEngine(queue(options)), std::invalid_argument);
  };
  refused({.concurrency = -1});
  refused({.key_concurrency = -1});
  refused({.key_concurrency = 2, .ordered = true});
  refused({.rate = {.count = -1}});
  refused({.rate = {.count = 1, .per = 0ms}});
  refused({.rate = {.count = 1001, .per = 1ms}});
  refused({.rate = {.count = 2, .burst = 3}});
  refused({.key_rate = {.burst = 1}});
  CHECK_NOTHROW(TestEngine(queue({.rate = {.count = 1000, .per = 1ms, .burst = 1000}})));
  TestEngine engine;
  CHECK_THROWS_WITH(engine->submit(of(std::string(256, 'k'))), "key: at most 255 bytes");
  CHECK_THROWS_WITH(engine->submit(of("\xff")), "key: not UTF-8");
  CHECK(engine->find(engine->submit(of(std::string(255, 'k'))))->key.size() == 255);
}
