// Submitting: what is stored, in which order it runs, and what is refused.
#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <thread>

#include "test_engine.h"

using namespace std::chrono_literals;

TEST_CASE("a submitted job can be read back as it was given", "[submit]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "email",
                                         .payload = R"({"to":"a"})",
                                         .metadata = "note",
                                         .priority = 3,
                                         .max_attempts = 5,
                                         .time_limit = 9s});
  const auto job = engine->find(id);
  REQUIRE(job);
  CHECK(job->id == id);
  CHECK(job->kind == "email");
  CHECK(job->queue == "default");
  CHECK(job->payload == R"({"to":"a"})");
  CHECK(job->metadata == "note");
  CHECK(job->priority == 3);
  CHECK(job->max_attempts == 5);
  CHECK(job->time_limit == 9s);
  CHECK(job->state == jobs::State::pending);
  CHECK(job->attempt == 0);
  CHECK(job->created_at == engine.clock.now());
}

TEST_CASE("a payload keeps every byte, on both sides of the length that leaves the row", "[submit]") {
  TestEngine engine;
  for (const std::size_t size : {0u, 1u, 2047u, 2048u, 2049u, 1'000'000u}) {
    std::string payload(size, 'x');
    if (size > 2) payload[1] = '\0';
    const auto id = engine->submit({.kind = "k", .payload = payload});
    CHECK(engine->find(id)->payload == payload);
    CHECK(engine->claim()->payload() == payload);
  }
}

TEST_CASE("an id that was never given out is not found", "[submit]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k"});
  auto bytes = id.bytes();
  bytes[9] ^= 1;
  CHECK_FALSE(engine->find(jobs::JobId(jobs::Uuid(bytes))));
  CHECK_FALSE(engine->find(jobs::JobId()));
  CHECK_FALSE(engine->cancel(jobs::JobId(jobs::Uuid(bytes))));
  CHECK(engine->events(jobs::JobId(jobs::Uuid(bytes))).empty());
}

TEST_CASE("jobs run by priority, and in the order of submission within one", "[submit]") {
  TestEngine engine;
  const jobs::JobId first = engine->submit({.kind = "k"});
  const jobs::JobId second = engine->submit({.kind = "k"});
  const jobs::JobId urgent = engine->submit({.kind = "k", .priority = 1});
  const jobs::JobId idle = engine->submit({.kind = "k", .priority = -1});
  for (const auto& expected : {urgent, first, second, idle}) CHECK(engine->claim()->id() == expected);
  CHECK_FALSE(engine->claim());
}

TEST_CASE("a queue gives out its own jobs only", "[submit]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k", .queue = "slow"});
  CHECK_FALSE(engine->claim());
  CHECK(engine->claim({.queue = "slow"})->id() == id);
}

TEST_CASE("a scheduled job runs at its time and not a millisecond before", "[submit]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k", .run_at = engine.clock.now() + 10s});
  engine.clock.advance(9'999ms);
  CHECK_FALSE(engine->claim());
  engine.clock.advance(1ms);
  CHECK(engine->claim()->id() == id);
}

TEST_CASE("jobs submitted together are stored together", "[submit]") {
  TestEngine engine;
  std::vector<jobs::JobSpec> specs(100, {.kind = "k"});
  CHECK(engine->submit_all(specs).size() == 100);
  CHECK(engine->list({.limit = 1000}).size() == 100);
  specs[50].kind = "";
  CHECK_THROWS_AS(engine->submit_all(specs), std::invalid_argument);
  CHECK(engine->list({.limit = 1000}).size() == 100);
}

TEST_CASE("a job that makes no sense is refused before anything is stored", "[submit]") {
  TestEngine engine({.payload_bytes_max = 10});
  CHECK_THROWS_AS(engine->submit({}), std::invalid_argument);
  CHECK_THROWS_AS(engine->submit({.kind = std::string(256, 'k')}), std::invalid_argument);
  CHECK_THROWS_AS(engine->submit({.kind = "k", .queue = ""}), std::invalid_argument);
  CHECK_THROWS_AS(engine->submit({.kind = "k", .payload = std::string(11, 'x')}), std::invalid_argument);
  CHECK_THROWS_AS(engine->submit({.kind = "k", .max_attempts = 0}), std::invalid_argument);
  CHECK_THROWS_AS(engine->submit({.kind = "k", .time_limit = -1ms}), std::invalid_argument);
  CHECK_THROWS_AS(engine->submit({.kind = "k", .unique_key = std::string(256, 'k')}), std::invalid_argument);
  CHECK_THROWS_AS(engine->submit({.kind = "k", .webhook = jobs::WebhookTarget{}}), std::invalid_argument);
  CHECK_THROWS_AS(engine->submit({.kind = "k", .webhook = jobs::WebhookTarget{.url = "http://x", .secret = "s"}}),
                  std::invalid_argument);
  CHECK(engine->list().empty());
  CHECK(engine->submit({.kind = std::string(255, 'k'), .payload = std::string(10, 'x')}).created());
}

TEST_CASE("an asynchronous submission answers once it is durable", "[submit]") {
  TestEngine engine;
  std::promise<jobs::Submitted> promise;
  engine->submit_async({.kind = "k"}, [&](std::exception_ptr error, jobs::Submitted submitted) {
    CHECK_FALSE(error);
    promise.set_value(submitted);
  });
  const auto submitted = promise.get_future().get();
  CHECK(engine->find(submitted.id));
}

TEST_CASE("many callers at once are each answered when their own job can be read", "[submit]") {
  const int group_max = GENERATE(1, 3, 1024);
  TestEngine engine({.group_max = group_max});
  std::atomic<int> found = 0;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 8; ++caller) {
    callers.emplace_back([&] {
      for (int i = 0; i < 25; ++i) {
        const jobs::JobId id = engine->submit({.kind = "k"});
        found += engine->find(id).has_value();
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(found == 8 * 25);
}

TEST_CASE("what waits when the engine goes is stored and answered", "[submit]") {
  std::atomic<int> stored = 0;
  TestEngine engine({.queues = {{"default", {.workers = 2}}}});
  engine->handle("k", [](jobs::Context&) { return jobs::Result{}; });
  engine->start();
  for (int i = 0; i < 500; ++i) {
    engine->submit_async({.kind = "k"}, [&](std::exception_ptr error, const jobs::Submitted&) { stored += !error; });
  }
  engine.close();
  CHECK(stored == 500);
  engine.open();
  CHECK(engine->list({.limit = 1000}).size() == 500);
}

TEST_CASE("asynchronous writes beyond the limit are refused, and nothing of them is stored", "[submit]") {
  TestEngine engine({.writes_waiting_max = 3});
  std::promise<void> entered, let_go;
  std::thread holder([&] {
    engine->transact([&](jobs::Transaction&) {
      entered.set_value();
      let_go.get_future().wait();
    });
  });
  entered.get_future().wait();
  std::atomic<int> stored = 0;
  const auto submit = [&] {
    engine->submit_async({.kind = "k"}, [&](std::exception_ptr error, const jobs::Submitted&) { stored += !error; });
  };
  for (int i = 0; i < 3; ++i) submit();
  try {
    submit();
    FAIL("it was taken");
  } catch (const jobs::Error& error) {
    CHECK(error.code() == jobs::Errc::overloaded);
  }
  let_go.set_value();
  holder.join();
  engine.close();
  CHECK(stored == 3);
  engine.open();
  CHECK(engine->list().size() == 3);
}

TEST_CASE("a list is newest first, filtered, and goes on from a job", "[submit]") {
  TestEngine engine;
  std::vector<jobs::JobId> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(engine->submit({.kind = i % 2 ? "odd" : "even"}));
  const auto all = engine->list({.limit = 3});
  REQUIRE(all.size() == 3);
  CHECK(all[0].id == ids[4]);
  const auto rest = engine->list({.before = all[2].id});
  REQUIRE(rest.size() == 2);
  CHECK(rest[1].id == ids[0]);
  CHECK(engine->list({.kind = "odd"}).size() == 2);
  CHECK(engine->list({.state = jobs::State::complete}).empty());
  CHECK_THROWS_AS(engine->list({.limit = 0}), std::invalid_argument);
  CHECK_THROWS_AS(engine->list({.limit = 1001}), std::invalid_argument);
}

TEST_CASE("a job is found by its tags, newest first, and keeps them when it has ended", "[submit]") {
  TestEngine engine;
  const jobs::JobId first = engine->submit({.kind = "k", .tags = {"nightly", "eu", "nightly"}});
  const jobs::JobId second = engine->submit({.kind = "other", .tags = {"nightly"}});
  engine->submit({.kind = "k"});
  CHECK(engine->find(first)->tags == std::vector<std::string>{"eu", "nightly"});
  CHECK(std::move(*engine->claim()).complete("done") == jobs::Finish::ok);

  const auto ids = [&](const jobs::JobFilter& filter) {
    std::vector<jobs::JobId> found;
    for (const jobs::Job& job : engine->list(filter)) found.push_back(job.id);
    return found;
  };
  CHECK(ids({.tag = "nightly"}) == std::vector<jobs::JobId>{second, first});
  CHECK(ids({.tag = "nightly", .before = second}) == std::vector<jobs::JobId>{first});
  CHECK(ids({.kind = "k", .tag = "nightly"}) == std::vector<jobs::JobId>{first});
  CHECK(ids({.tag = "eu"}) == std::vector<jobs::JobId>{first});
  CHECK(ids({.tag = "night"}).empty());
}

TEST_CASE("tags and a trace that are too many, too long or not text are refused", "[submit]") {
  TestEngine engine;
  std::vector<std::string> tags;
  for (int i = 0; i < 16; ++i) tags.push_back(std::string(255, static_cast<char>('a' + i)));
  CHECK(engine->submit({.kind = "k", .tags = tags, .trace = std::string(512, 't')}).created());
  tags.push_back("q");
  CHECK_THROWS_AS(engine->submit({.kind = "k", .tags = tags}), std::invalid_argument);
  CHECK_THROWS_AS(engine->submit({.kind = "k", .tags = {std::string(256, 'a')}}), std::invalid_argument);
  CHECK_THROWS_AS(engine->submit({.kind = "k", .tags = {""}}), std::invalid_argument);
  CHECK_THROWS_AS(engine->submit({.kind = "k", .tags = {"\xff"}}), std::invalid_argument);
  CHECK_THROWS_AS(engine->submit({.kind = "k", .trace = std::string(513, 't')}), std::invalid_argument);
}

TEST_CASE("a trace travels with its job to the run", "[submit]") {
  TestEngine engine;
  engine->submit({.kind = "k", .trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"});
  CHECK(engine->claim()->job().trace == "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
}

TEST_CASE("a delayed job is due when its delay has passed and not a millisecond before", "[submit]") {
  TestEngine engine;
  engine->submit({.kind = "k", .delay = std::chrono::milliseconds(1000)});
  engine.clock.advance(std::chrono::milliseconds(999));
  CHECK_FALSE(engine->claim());
  engine.clock.advance(std::chrono::milliseconds(1));
  CHECK(engine->claim());
  CHECK_THROWS_AS(engine->submit({.kind = "k", .delay = std::chrono::milliseconds(-1)}), std::invalid_argument);
  const std::chrono::milliseconds longest = std::chrono::hours(24) * 365 * 100;
  CHECK(engine->submit({.kind = "k", .delay = longest}).created());
  CHECK_THROWS_AS(engine->submit({.kind = "k", .delay = longest + std::chrono::milliseconds(1)}), std::invalid_argument);
  CHECK_THROWS_AS(engine->submit({.kind = "k", .delay = std::chrono::milliseconds::max()}), std::invalid_argument);
  CHECK_THROWS_AS(
      engine->submit({.kind = "k", .run_at = engine.clock.now(), .delay = std::chrono::milliseconds(1)}),
      std::invalid_argument);
}
