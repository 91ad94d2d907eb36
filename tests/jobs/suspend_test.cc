// Handlers that wait without a thread: for a moment, a signal, another try of a step. They run again from the
// beginning, and what they stored answers.
#include <atomic>
#include <catch2/catch.hpp>
#include <future>

#include "ends.h"
#include "test_engine.h"

using namespace std::chrono_literals;
using jobs::EventType;
using jobs::Finish;
using jobs::Signalled;
using jobs::State;

namespace {

jobs::Failure broken(bool retry = true) {
  return {.code = "broken", .message = "no luck", .retry = retry};
}

}  // namespace

// ---- Sleeping ----

TEST_CASE("a sleeping job holds no thread, burns no attempt, and wakes at the moment that was fixed first", "[sleep]") {
  TestEngine engine({.queues = {{"default", {.workers = 1}}}});
  std::atomic<int> runs = 0;
  std::atomic<int> steps = 0;
  engine->handle("nap", [&](jobs::Context& job) {
    ++runs;
    job.step("before", [&] { return std::to_string(++steps); });
    job.sleep("nap", 3h);
    return jobs::Result{.summary = std::to_string(job.attempt() - job.job().attempts_returned)};
  });
  engine->handle("other", [](jobs::Context&) { return jobs::Result{}; });
  Ends ends(*engine);
  engine->start();
  const jobs::JobId id = engine->submit({.kind = "nap", .max_attempts = 1});
  ends.wait_for(id, EventType::returned);
  CHECK(engine->find(id)->state == State::pending);
  CHECK(engine->find(id)->run_at == engine.clock.now() + 3h);
  // The only thread is free.
  ends.wait_for(engine->submit({.kind = "other"}), EventType::completed);

  engine.clock.advance(3h - 1ms);
  ends.wait_for(engine->submit({.kind = "other"}), EventType::completed);
  CHECK(runs == 1);
  engine.clock.advance(1ms);
  ends.wait_for(id, EventType::completed);
  CHECK(runs == 2);
  CHECK(steps == 1);
  CHECK(engine->find(id)->summary == "1");
}

TEST_CASE("a sleep survives a restart, and is over if its moment passed meanwhile", "[sleep]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k"});
  const auto moment = engine.clock.now() + 1h;
  CHECK(std::move(*engine->claim()).suspend(jobs::WaitUntil{"nap", moment}) == Finish::ok);
  engine.reopen();
  engine.clock.advance(1h - 1ms);
  CHECK_FALSE(engine->claim());
  engine.clock.advance(1ms);
  auto claim = engine->claim();
  REQUIRE(claim);
  CHECK(claim->id() == id);
  // The first moment stays, whatever a later run says.
  CHECK(std::move(*claim).suspend(jobs::WaitUntil{"nap", moment + 5h}) == Finish::ok);
  claim = engine->claim();
  REQUIRE(claim);
  CHECK(claim->job().attempts_returned == 2);
}

TEST_CASE("a sleep under the name of a step fails its attempt", "[sleep]") {
  TestEngine engine;
  engine->handle("k", [](jobs::Context& job) {
    job.step("name", [] { return std::string("text"); });
    job.sleep("name", 1h);
    return jobs::Result{};
  });
  Ends ends(*engine);
  engine->start();
  const jobs::JobId id = engine->submit({.kind = "k", .max_attempts = 1});
  ends.wait_for(id, EventType::failed);
  CHECK(engine->find(id)->failure->code == "handler_error");
}

TEST_CASE("a handler that swallows its suspension is suspended all the same, and does nothing more", "[sleep]") {
  TestEngine engine;
  std::atomic<int> steps = 0;
  engine->handle("k", [&](jobs::Context& job) {
    try {
      job.sleep("nap", 1h);
    } catch (...) {
      try {
        job.step("after", [&] { return std::to_string(++steps); });
      } catch (...) {
      }
      return jobs::Result{.summary = "swallowed"};
    }
    return jobs::Result{.summary = "awake"};
  });
  Ends ends(*engine);
  engine->start();
  const jobs::JobId id = engine->submit({.kind = "k"});
  ends.wait_for(id, EventType::returned);
  CHECK(steps == 0);
  engine.clock.advance(1h);
  ends.wait_for(id, EventType::completed);
  CHECK(engine->find(id)->summary == "awake");
}

TEST_CASE("a job is cancelled while it sleeps, and while it waits for a signal", "[sleep][signal]") {
  TestEngine engine;
  const jobs::JobId sleeps = engine->submit({.kind = "k"});
  CHECK(std::move(*engine->claim()).suspend(jobs::WaitUntil{"nap", engine.clock.now() + 1h}) == Finish::ok);
  const jobs::JobId waits = engine->submit({.kind = "k"});
  CHECK(std::move(*engine->claim()).suspend(jobs::WaitForSignal{"go", 1h}) == Finish::ok);
  for (const jobs::JobId& id : {sleeps, waits}) CHECK(engine->cancel(id)->state == State::cancelled);
  CHECK(engine->signal(waits, "go") == Signalled::over);
  engine.clock.advance(2h);
  engine->run_timers();
  CHECK_FALSE(engine->claim());
  for (const jobs::JobId& id : {sleeps, waits}) CHECK(engine->find(id)->state == State::cancelled);
}

TEST_CASE("a run that was cancelled or lost is not suspended", "[sleep]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k"});
  auto claim = engine->claim({.lease = 1s});
  engine->cancel(id);
  CHECK(std::move(*claim).suspend(jobs::WaitForChildren{}) == Finish::cancelled);
  CHECK(engine->find(id)->state == State::cancelled);
  engine->submit({.kind = "k"});
  claim = engine->claim({.lease = 1s});
  engine.clock.advance(1s);
  REQUIRE(engine->claim());
  CHECK(std::move(*claim).suspend(jobs::WaitUntil{"nap", engine.clock.now()}) == Finish::lease_lost);
  CHECK_FALSE(claim->step("nap"));
}

// ---- Signals ----

TEST_CASE("a signal wakes the job that waits for it, and one that came before is there at once", "[signal]") {
  TestEngine engine;
  engine->handle("k", [](jobs::Context& job) {
    const auto early = job.wait_for_signal("early");
    const auto late = job.wait_for_signal("late", 1h);
    return jobs::Result{.summary = early.value_or("?") + " " + late.value_or("?")};
  });
  Ends ends(*engine);
  const jobs::JobId id = engine->submit({.kind = "k", .max_attempts = 1});
  CHECK(engine->signal(id, "early", "e") == Signalled::stored);
  engine->start();
  ends.wait_for(id, EventType::returned);
  CHECK(engine->find(id)->awaits == "late");
  CHECK(engine->signal(id, "unasked", "u") == Signalled::stored);
  CHECK(engine->find(id)->state == State::pending);
  CHECK(engine->signal(id, "late", "l") == Signalled::stored);
  ends.wait_for(id, EventType::completed);
  CHECK(engine->find(id)->summary == "e l");
  CHECK(engine->signal(id, "more") == Signalled::over);
}

TEST_CASE("a wait that ended stays ended: a signal is too late, and each later run decides the same way", "[signal]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k"});
  CHECK(std::move(*engine->claim()).suspend(jobs::WaitForSignal{"go", 1h}) == Finish::ok);
  engine.reopen();
  engine.clock.advance(1h - 1ms);
  engine->run_timers();
  CHECK_FALSE(engine->claim());
  engine.clock.advance(1ms);
  engine->run_timers();
  CHECK(engine->signal(id, "go", "p") == Signalled::too_late);
  for (int run = 0; run < 2; ++run) {
    auto claim = engine->claim();
    REQUIRE(claim);
    REQUIRE(claim->signal("go"));
    CHECK_FALSE(claim->signal("go")->payload);
    CHECK(std::move(*claim).suspend(jobs::WaitForSignal{"go", 1h}) == Finish::ok);  // answered: due at once
  }
}

TEST_CASE("a signal that comes while the handler is on its way to wait is not lost", "[signal]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k"});
  auto claim = engine->claim();
  CHECK_FALSE(claim->signal("go"));
  CHECK(engine->signal(id, "go", "p") == Signalled::stored);
  CHECK(std::move(*claim).suspend(jobs::WaitForSignal{"go"}) == Finish::ok);
  claim = engine->claim();
  REQUIRE(claim);
  CHECK(claim->signal("go")->payload == "p");
}

TEST_CASE("a wait without time, and one whose time is over at once", "[signal]") {
  TestEngine engine;
  engine->submit({.kind = "k"});
  CHECK(std::move(*engine->claim()).suspend(jobs::WaitForSignal{"now", 0ms}) == Finish::ok);
  auto claim = engine->claim();
  REQUIRE(claim);
  CHECK_FALSE(claim->signal("now")->payload);
  CHECK(std::move(*claim).suspend(jobs::WaitForSignal{"for ever"}) == Finish::ok);
  engine.clock.advance(24h * 3650);
  engine->run_timers();
  CHECK_FALSE(engine->claim());
}

TEST_CASE("what became of a signal is told apart, and its size and number have limits", "[signal]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k"});
  CHECK(engine->signal(jobs::JobId(jobs::Uuid::from_number(id.number(), 1)), "s") == Signalled::no_such_job);
  CHECK(engine->signal(id, "s", "first") == Signalled::stored);
  CHECK(engine->signal(id, "s", "second") == Signalled::already_given);
  CHECK(engine->claim()->signal("s")->payload == "first");
  CHECK(engine->signal(id, std::string(255, 'n'), std::string(jobs::signal_bytes_max, 'p')) == Signalled::stored);
  CHECK_THROWS_AS(engine->signal(id, std::string(256, 'n')), std::invalid_argument);
  CHECK_THROWS_AS(engine->signal(id, ""), std::invalid_argument);
  CHECK_THROWS_AS(engine->signal(id, "p", std::string(jobs::signal_bytes_max + 1, 'p')), std::invalid_argument);
  for (int i = 2; i < jobs::signals_max; ++i) CHECK(engine->signal(id, std::to_string(i)) == Signalled::stored);
  CHECK(engine->signal(id, "one too many") == Signalled::too_many);
}

TEST_CASE("a signal is given with the embedder's own rows or not at all, and without waiting", "[signal]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k"});
  CHECK_THROWS_AS(engine->transact([&](jobs::Transaction& tx) {
    CHECK(tx.signal(id, "go", "p") == Signalled::stored);
    throw std::runtime_error("no");
  }),
                  std::runtime_error);
  std::promise<Signalled> answer;
  engine->signal_async(id, "go", "async", [&](std::exception_ptr, Signalled outcome) { answer.set_value(outcome); });
  CHECK(answer.get_future().get() == Signalled::stored);
  CHECK(engine->claim()->signal("go")->payload == "async");
}

// ---- Steps with tries of their own ----

TEST_CASE("a step is tried again after its backoff without burning the job's attempt", "[step]") {
  TestEngine engine;
  std::atomic<int> tries = 0;
  engine->handle("k", [&](jobs::Context& job) {
    const std::string result =
        job.step("flaky",
                 [&]() -> std::string {
                   if (++tries < 3) throw std::runtime_error("try " + std::to_string(tries));
                   return "third";
                 },
                 {.retry = {.kind = jobs::RetryPolicy::Kind::fixed, .base = 10s}, .max_attempts = 3});
    return jobs::Result{.summary = result};
  });
  Ends ends(*engine);
  engine->start();
  const jobs::JobId id = engine->submit({.kind = "k", .max_attempts = 1});
  for (int failed = 1; failed <= 2; ++failed) {
    ends.wait_for(id, EventType::returned, failed);
    CHECK(tries == failed);
    CHECK(engine->find(id)->state == State::pending);
    CHECK(engine->find(id)->failure->message == "try " + std::to_string(failed));
    engine.clock.advance(10s);
  }
  ends.wait_for(id, EventType::completed);
  CHECK(tries == 3);
  CHECK(engine->find(id)->summary == "third");
}

TEST_CASE("a step whose tries are spent fails the attempt, and the next attempt has tries of its own", "[step]") {
  TestEngine engine;
  std::atomic<int> tries = 0;
  engine->handle("k",
                 [&](jobs::Context& job) {
                   job.step("never",
                            [&]() -> std::string {
                              ++tries;
                              throw broken();
                            },
                            {.retry = {.base = 0ms}, .max_attempts = 3});
                   return jobs::Result{};
                 },
                 {.retry = {.base = 0ms}});
  Ends ends(*engine);
  engine->start();
  const jobs::JobId id = engine->submit({.kind = "k", .max_attempts = 2});
  ends.wait_for(id, EventType::failed);
  CHECK(tries == 6);
  CHECK(engine->find(id)->failure->code == "broken");
  CHECK(engine->find(id)->attempts_returned == 4);
}

TEST_CASE("a step's failure that says not to retry is final, for the job too", "[step]") {
  TestEngine engine;
  std::atomic<int> tries = 0;
  engine->handle("k", [&](jobs::Context& job) {
    job.step("never",
             [&]() -> std::string {
               ++tries;
               throw broken(false);
             },
             {.max_attempts = 5});
    return jobs::Result{};
  });
  Ends ends(*engine);
  engine->start();
  const jobs::JobId id = engine->submit({.kind = "k", .max_attempts = 5});
  ends.wait_for(id, EventType::failed);
  CHECK(tries == 1);
}

TEST_CASE("a handler that went another way after a spent step goes the same way when it runs again", "[step]") {
  TestEngine engine;
  std::atomic<int> tries = 0;
  engine->handle("k", [&](jobs::Context& job) {
    try {
      return jobs::Result{.summary = job.step("first",
                                              [&]() -> std::string {
                                                ++tries;
                                                throw broken();
                                              },
                                              {.max_attempts = 1})};
    } catch (const jobs::Failure& failure) {
      job.sleep("cool down", 1h);
      return jobs::Result{.summary = "instead of " + failure.code};
    }
  });
  Ends ends(*engine);
  engine->start();
  const jobs::JobId id = engine->submit({.kind = "k", .max_attempts = 1});
  ends.wait_for(id, EventType::returned);
  engine.clock.advance(1h);
  ends.wait_for(id, EventType::completed);
  CHECK(tries == 1);
  CHECK(engine->find(id)->summary == "instead of broken");
}

TEST_CASE("a step's failures are counted for runs that are driven by hand", "[step]") {
  TestEngine engine;
  engine->submit({.kind = "k", .max_attempts = 2});
  for (int failures = 0; failures < 3; ++failures) {
    auto claim = engine->claim();
    REQUIRE(claim);
    CHECK(claim->step_failures("s") == failures);
    CHECK(std::move(*claim).suspend(jobs::StepFailed{"s", broken(), {.base = 0ms}}) == Finish::ok);
  }
  CHECK(std::move(*engine->claim()).fail(broken()) == Finish::ok);
  engine.clock.advance(1h);
  CHECK(engine->claim()->step_failures("s") == 0);
}
