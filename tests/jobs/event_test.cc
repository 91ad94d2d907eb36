// The event log: one strictly rising sequence for the file, read whole or by job, and told without polling.
#include <catch2/catch.hpp>

#include "test_engine.h"

using jobs::EventType;
using jobs::Finish;

namespace {

std::vector<EventType> types(const std::vector<jobs::Event>& events) {
  std::vector<EventType> found;
  for (const auto& event : events) found.push_back(event.type);
  return found;
}

}  // namespace

TEST_CASE("a job's events tell its life in order", "[event]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k"});
  auto claim = engine->claim();
  CHECK(claim->progress(1, "half") == Finish::ok);
  CHECK(claim->store_step("one", "r") == Finish::ok);
  CHECK(std::move(*claim).complete("done") == Finish::ok);
  const auto events = engine->events(id);
  CHECK(types(events) == std::vector{EventType::created, EventType::started, EventType::progress, EventType::step,
                                     EventType::completed});
  CHECK(events[2].data == R"({"iteration":1,"message":"half"})");
  CHECK(events[3].data == R"({"name":"one"})");
  CHECK(events[1].attempt == 1);
  for (std::size_t i = 1; i < events.size(); ++i) CHECK(events[i].id > events[i - 1].id);
}

TEST_CASE("events go on from a cursor", "[event]") {
  TestEngine engine;
  const jobs::JobId a = engine->submit({.kind = "k"});
  const jobs::JobId b = engine->submit({.kind = "k"});
  engine->cancel(a);
  const auto all = engine->events(0);
  REQUIRE(all.size() == 3);
  CHECK(all[1].job == b);
  CHECK(engine->events(all[1].id).size() == 1);
  CHECK(engine->events(a, all[0].id).size() == 1);
  CHECK(engine->events(a, 0, 1).front().type == EventType::created);
  CHECK(engine->events(all[2].id).empty());
}

TEST_CASE("event ids rise over a restart", "[event]") {
  TestEngine engine;
  engine->submit({.kind = "k"});
  const auto before = engine->events(0).back().id;
  engine.reopen();
  engine->submit({.kind = "k"});
  CHECK(engine->events(0).back().id > before);
}

TEST_CASE("a subscriber hears of each commit's events once they are durable, until it leaves", "[event]") {
  TestEngine engine;
  std::vector<jobs::Event> heard;
  jobs::JobId id;
  {
    const auto subscription = engine->subscribe([&](std::span<const jobs::Event> events) {
      heard.insert(heard.end(), events.begin(), events.end());
    });
    id = engine->submit({.kind = "k"});
    engine->transact([&](jobs::Transaction& tx) { tx.cancel(id, "me"); });
    CHECK_THROWS(engine->transact([&](jobs::Transaction& tx) {
      tx.submit({.kind = "never"});
      throw std::runtime_error("no");
    }));
  }
  engine->submit({.kind = "k"});
  REQUIRE(heard.size() == 2);
  CHECK(heard[0].job == id);
  CHECK(heard[1].type == EventType::cancelled);
}

TEST_CASE("a long progress message is cut, and a broken one is mended", "[event]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k"});
  auto claim = engine->claim();
  CHECK(claim->progress(1, std::string(10'000, 'm')) == Finish::ok);
  CHECK(engine->find(id)->progress->message.size() == 4096);
  CHECK(claim->progress(2, "\xff\xfe") == Finish::ok);
  CHECK(engine->find(id)->progress->iteration == 2);
  CHECK(engine->find(id)->progress->message == "\xef\xbf\xbd\xef\xbf\xbd");
}

TEST_CASE("a queue keeps all events, the terminal one, or none, and nobody sees more than is kept", "[event]") {
  TestEngine engine({.queues = {{"default", {}},
                                {"quiet", {.events = jobs::EventsKept::terminal}},
                                {"silent", {.events = jobs::EventsKept::none}}}});
  std::vector<jobs::Event> told;
  auto subscription = engine->subscribe([&](auto events) { told.insert(told.end(), events.begin(), events.end()); });
  // Through everything that makes an event.
  const auto run = [&](const std::string& queue) {
    const jobs::JobId id = engine->submit(
        {.kind = "k", .queue = queue, .max_attempts = 2, .webhook = jobs::WebhookTarget{.url = "https://a.example/"}});
    auto claim = engine->claim({.queue = queue});
    CHECK(claim->progress(1, "on") == jobs::Finish::ok);
    CHECK(claim->store_step("s", "r") == jobs::Finish::ok);
    CHECK(std::move(*claim).release(std::chrono::milliseconds(0)) == jobs::Finish::ok);
    CHECK(std::move(*engine->claim({.queue = queue})).fail({.code = "c"}) == jobs::Finish::ok);
    engine.clock.advance(std::chrono::hours(1));
    CHECK(std::move(*engine->claim({.queue = queue})).fail({.code = "c"}) == jobs::Finish::ok);
    return id;
  };
  const jobs::JobId quiet = run("quiet");
  const jobs::JobId silent = run("silent");
  const jobs::JobId loud = run("default");

  REQUIRE(engine->events(quiet).size() == 1);
  CHECK(engine->events(quiet).front().type == jobs::EventType::failed);
  CHECK(engine->events(silent).empty());
  CHECK(engine->events(loud).size() == 9);
  const auto all = engine->events(0);
  CHECK(all.size() == 10);
  REQUIRE(told.size() == all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    CHECK(all[i].id == static_cast<std::int64_t>(i) + 1);  // what is not kept has no number
    CHECK(told[i].id == all[i].id);
  }
  // Nothing else depends on it.
  for (const jobs::JobId id : {quiet, silent, loud}) {
    CHECK(engine->find(id)->state == jobs::State::failed);
    CHECK(engine->find(id)->failure->code == "c");
    CHECK(engine->deliveries(id).size() == 1);
  }
  CHECK(engine->check_integrity().empty());

  // What was stored before a change stays.
  subscription = {};
  const jobs::JobId before = engine->submit({.kind = "k"});
  engine.options().queues["default"].events = jobs::EventsKept::none;
  engine.reopen();
  CHECK(std::move(*engine->claim()).complete("done") == jobs::Finish::ok);
  CHECK(engine->events(before).size() == 1);
  engine.options().queues["default"].events = jobs::EventsKept::all;
  engine.reopen();
  engine->submit({.kind = "k"});
  CHECK(engine->events(0).back().id == 12);
  CHECK(engine->check_integrity().empty());
}

TEST_CASE("a queue that is made in a transaction that fails keeps what its options say", "[event]") {
  TestEngine engine({.queues = {{"silent", {.events = jobs::EventsKept::none}}}});
  CHECK_THROWS_AS(engine->transact([](jobs::Transaction& tx) {
    tx.submit({.kind = "k", .queue = "silent"});
    throw std::runtime_error("no");
  }),
                  std::runtime_error);
  // The number that "silent" would have had goes to another.
  const jobs::JobId heard = engine->submit({.kind = "k", .queue = "other"});
  const jobs::JobId unheard = engine->submit({.kind = "k", .queue = "silent"});
  CHECK(engine->events(heard).size() == 1);
  CHECK(engine->events(unheard).empty());
}
