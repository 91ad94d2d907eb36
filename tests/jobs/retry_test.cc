// Failed attempts: how often a job runs again, when, and what is kept of its failures.
#include <catch2/catch.hpp>

#include "core/backoff.h"
#include "core/state.h"
#include "test_engine.h"

using namespace std::chrono_literals;
using jobs::Finish;
using jobs::State;

TEST_CASE("a job fails for good with its last attempt", "[retry]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k", .max_attempts = 2});
  CHECK(std::move(*engine->claim()).fail({.code = "busy", .message = "try later"}) == Finish::ok);
  auto job = engine->find(id);
  CHECK(job->state == State::pending);
  CHECK(job->failure->code == "busy");
  CHECK_FALSE(job->finished_at);

  engine.clock.advance(1h);
  CHECK(std::move(*engine->claim()).fail({.code = "gone", .message = "no such thing", .detail = "d"}) == Finish::ok);
  job = engine->find(id);
  CHECK(job->state == State::failed);
  CHECK(job->failure->code == "gone");
  CHECK(job->failure->detail == "d");
  CHECK(job->finished_at == engine.clock.now());
  CHECK_FALSE(engine->claim());

  // Every attempt's failure is kept in the log.
  const auto events = engine->events(id);
  REQUIRE(events.size() == 5);
  CHECK(events[2].type == jobs::EventType::retry);
  CHECK(events[2].data == R"({"code":"busy","message":"try later"})");
  CHECK(events[4].type == jobs::EventType::failed);
}

TEST_CASE("a failure that says so is not tried again", "[retry]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k", .max_attempts = 9});
  CHECK(std::move(*engine->claim()).fail({.code = "bad", .message = "never", .retry = false}) == Finish::ok);
  CHECK(engine->find(id)->state == State::failed);
}

TEST_CASE("a retry waits for its backoff", "[retry]") {
  TestEngine engine;
  engine->handle("k", [](jobs::Context&) { return jobs::Result{}; },
                 {.retry = {.kind = jobs::RetryPolicy::Kind::fixed, .base = 5s}});
  engine->submit({.kind = "k"});
  CHECK(std::move(*engine->claim()).fail({.code = "x"}) == Finish::ok);
  engine.clock.advance(4'999ms);
  CHECK_FALSE(engine->claim());
  engine.clock.advance(1ms);
  CHECK(engine->claim());
}

TEST_CASE("a job handed back keeps its attempts", "[retry]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k", .max_attempts = 1});
  for (int i = 1; i <= 5; ++i) {
    auto claim = engine->claim();
    REQUIRE(claim);
    CHECK(claim->attempt() == i);
    CHECK(std::move(*claim).release() == Finish::ok);
  }
  CHECK(engine->find(id)->attempts_returned == 5);
  CHECK(std::move(*engine->claim()).fail({.code = "x"}) == Finish::ok);
  CHECK(engine->find(id)->state == State::failed);
}

TEST_CASE("a job handed back for later is due then", "[retry]") {
  TestEngine engine;
  engine->submit({.kind = "k"});
  CHECK(std::move(*engine->claim()).release(1h) == Finish::ok);
  engine.clock.advance(1h - 1ms);
  CHECK_FALSE(engine->claim());
  engine.clock.advance(1ms);
  CHECK(engine->claim());
}

TEST_CASE("backoff doubles its bound up to the cap, and takes any time below it", "[retry]") {
  const jobs::RetryPolicy policy = {.base = 1s, .cap = 60s};
  const auto most = [&](int failures) {
    std::chrono::milliseconds highest(0);
    for (std::uint64_t i = 0; i < 200'000; ++i) highest = std::max(highest, jobs::backoff(policy, failures, i));
    return highest;
  };
  CHECK(most(1) == 1s);
  CHECK(most(2) == 2s);
  CHECK(most(6) == 32s);
  CHECK(most(7) == 60s);
  CHECK(most(1000) == 60s);
  CHECK(jobs::backoff(policy, 3, 0) == 0s);
  CHECK(jobs::backoff({.base = 0ms}, 3, 99) == 0ms);
}

TEST_CASE("why each attempt failed is kept, and a job with one attempt costs no row for it", "[retry]") {
  TestEngine engine;
  engine->handle("k", [](jobs::Context&) { return jobs::Result{}; },
                 {.retry = {.kind = jobs::RetryPolicy::Kind::fixed, .base = 1s}});
  const auto rows = [&] {
    std::int64_t count = 0;
    engine->read([&](jobs::Reader& reader) {
      reader.query("SELECT count(*) FROM failures", {}, [&](const jobs::Row& row) { count = row.integer(0); });
    });
    return count;
  };
  const jobs::JobId once = engine->submit({.kind = "k", .max_attempts = 1});
  CHECK(std::move(*engine->claim()).fail({.code = "only"}) == Finish::ok);
  CHECK(rows() == 0);
  REQUIRE(engine->failures(once).size() == 1);
  CHECK(engine->failures(once)[0].failure.code == "only");

  const jobs::JobId id = engine->submit({.kind = "k", .max_attempts = 3});
  CHECK(engine->failures(id).empty());
  CHECK(std::move(*engine->claim()).fail({.code = "first", .message = "m", .detail = "d"}) == Finish::ok);
  engine.clock.advance(1s);
  CHECK(std::move(*engine->claim()).release() == Finish::ok);
  REQUIRE(engine->claim({.lease = 5s}));
  engine.clock.advance(5s);
  engine->run_timers();
  CHECK(std::move(*engine->claim()).fail({.code = "last"}) == Finish::ok);
  const auto failures = engine->failures(id);
  REQUIRE(failures.size() == 3);
  CHECK(failures[0].attempt == 1);
  CHECK(failures[0].at == engine.clock.now() - 6s);
  CHECK(failures[0].failure.code == "first");
  CHECK(failures[0].failure.message == "m");
  CHECK(failures[0].failure.detail == "d");
  CHECK(failures[1].attempt == 3);
  CHECK(failures[1].failure.code == "lease_expired");
  CHECK(failures[2].attempt == 4);
  CHECK(failures[2].failure.code == "last");
  CHECK(rows() == 2);
  CHECK(engine->failures(jobs::JobId()).empty());
}

TEST_CASE("the failures kept are bounded, in number and in length", "[retry]") {
  TestEngine engine;
  engine->handle("k", [](jobs::Context&) { return jobs::Result{}; },
                 {.retry = {.kind = jobs::RetryPolicy::Kind::fixed, .base = 0s}});
  const jobs::JobId id = engine->submit({.kind = "k", .max_attempts = 120});
  const jobs::Failure large = {.code = std::string(300, 'c'), .message = std::string(5000, 'm'), .detail = std::string(20'000, 'd')};
  while (auto claim = engine->claim()) CHECK(std::move(*claim).fail(large) == Finish::ok);
  const auto failures = engine->failures(id);
  REQUIRE(failures.size() == 101);
  CHECK(failures.front().attempt == 20);
  CHECK(failures.back().attempt == 120);
  CHECK(failures.front().failure.code.size() == 255);
  CHECK(failures.front().failure.message.size() == 4096);
  CHECK(failures.back().failure.detail.size() == 16'384);
}

TEST_CASE("failures of the codes that say so are not tried again", "[retry]") {
  TestEngine engine;
  engine->handle("k", [](jobs::Context&) { return jobs::Result{}; }, {.retry = {.never = {"refused", "gone"}}});
  const jobs::JobId again = engine->submit({.kind = "k"});
  CHECK(std::move(*engine->claim()).fail({.code = "busy"}) == Finish::ok);
  CHECK(engine->find(again)->state == State::pending);
  for (const char* code : {"refused", "gone"}) {
    const jobs::JobId id = engine->submit({.kind = "k"});
    CHECK(std::move(*engine->claim()).fail({.code = code}) == Finish::ok);
    CHECK(engine->find(id)->state == State::failed);
  }
}

TEST_CASE("a policy's own function decides how long a retry waits, and whether there is one", "[retry]") {
  TestEngine engine;
  std::vector<std::pair<int, std::string>> asked;
  engine->handle("k", [](jobs::Context&) { return jobs::Result{}; },
                 {.retry = {.never = {"refused"},
                            .wait = [&](int failures, const jobs::Failure& failure) -> std::optional<std::chrono::milliseconds> {
                              asked.emplace_back(failures, failure.code);
                              if (failure.code == "gone") return std::nullopt;
                              return failures * 10s;
                            }}});
  const jobs::JobId id = engine->submit({.kind = "k", .max_attempts = 9});
  CHECK(std::move(*engine->claim()).fail({.code = "busy"}) == Finish::ok);
  engine.clock.advance(10s - 1ms);
  CHECK_FALSE(engine->claim());
  engine.clock.advance(1ms);
  CHECK(std::move(*engine->claim()).release() == Finish::ok);  // Counts for nothing.
  CHECK(std::move(*engine->claim()).fail({.code = "busy"}) == Finish::ok);
  engine.clock.advance(20s - 1ms);
  CHECK_FALSE(engine->claim());
  engine.clock.advance(1ms);
  CHECK(std::move(*engine->claim()).fail({.code = "gone"}) == Finish::ok);
  CHECK(engine->find(id)->state == State::failed);
  CHECK(asked == std::vector<std::pair<int, std::string>>{{1, "busy"}, {2, "busy"}, {3, "gone"}});

  engine->submit({.kind = "k"});
  CHECK(std::move(*engine->claim()).fail({.code = "refused"}) == Finish::ok);
  engine->submit({.kind = "k"});
  CHECK(std::move(*engine->claim()).fail({.code = "x", .retry = false}) == Finish::ok);
  CHECK(asked.size() == 3);
}

TEST_CASE("a policy's function that throws, or asks for no sensible wait, loses no job", "[retry]") {
  std::vector<std::string> log;
  TestEngine engine({.log = [&](jobs::LogLevel, const jobs::JobId&, std::string_view line) { log.emplace_back(line); }});
  std::function<std::optional<std::chrono::milliseconds>()> answer;
  engine->handle("k", [](jobs::Context&) { return jobs::Result{}; },
                 {.retry = {.wait = [&](int, const jobs::Failure&) { return answer(); }}});
  const jobs::JobId id = engine->submit({.kind = "k", .max_attempts = 99});
  const auto wait_of = [&](std::function<std::optional<std::chrono::milliseconds>()> next) {
    answer = std::move(next);
    CHECK(std::move(*engine->claim()).fail({.code = "x"}) == Finish::ok);
    return engine->find(id)->run_at - engine.clock.now();
  };
  CHECK(wait_of([] { return std::chrono::milliseconds(-1); }) == 0ms);
  CHECK(wait_of([] { return std::chrono::milliseconds::min(); }) == 0ms);
  CHECK(wait_of([]() -> std::optional<std::chrono::milliseconds> { throw std::runtime_error("broken"); }) <= 8s);
  REQUIRE(log.size() == 1);
  CHECK(log[0] == "the retry policy of the kind threw: broken");
  engine.clock.advance(8s);
  CHECK(wait_of([]() -> std::optional<std::chrono::milliseconds> { throw 7; }) <= 8s);
  CHECK(log.size() == 2);
  engine.clock.advance(8s);
  CHECK(wait_of([] { return std::chrono::milliseconds::max(); }) == 100 * 365 * 24h);
}

TEST_CASE("a policy that makes no sense is refused", "[retry]") {
  TestEngine engine;
  const auto handle = [&](jobs::RetryPolicy policy) {
    engine->handle("k", [](jobs::Context&) { return jobs::Result{}; }, {.retry = std::move(policy)});
  };
  CHECK_THROWS_AS(handle({.base = -1ms}), std::invalid_argument);
  CHECK_THROWS_AS(handle({.base = std::chrono::milliseconds::max()}), std::invalid_argument);
  CHECK_THROWS_AS(handle({.cap = -1ms}), std::invalid_argument);
}

TEST_CASE("a job handed back with no sensible delay is due at once, or in a hundred years", "[retry]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k"});
  CHECK(std::move(*engine->claim()).release(std::chrono::milliseconds::min()) == Finish::ok);
  CHECK(std::move(*engine->claim()).release(std::chrono::milliseconds::max()) == Finish::ok);
  CHECK(engine->find(id)->run_at == engine.clock.now() + 100 * 365 * 24h);
}

TEST_CASE("only the states of the diagram follow each other", "[retry]") {
  int allowed = 0;
  const State states[] = {State::pending, State::running, State::complete, State::failed, State::cancelled};
  for (const State from : states) {
    for (const State to : states) {
      if (jobs::may_follow(from, to)) ++allowed;
      if (jobs::is_terminal(from)) CHECK(jobs::may_follow(from, to) == (from != State::complete && to == State::pending));
    }
  }
  CHECK(allowed == 8);
  CHECK(jobs::may_follow(State::running, State::pending));
  CHECK_FALSE(jobs::may_follow(State::pending, State::complete));
}
