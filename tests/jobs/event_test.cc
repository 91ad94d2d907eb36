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
  CHECK(claim->complete("done") == Finish::ok);
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
