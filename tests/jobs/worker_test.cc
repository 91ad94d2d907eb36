// Handlers on worker threads: what they are given, how their ends are told apart, and how they are stopped.
#include <catch2/catch.hpp>
#include <future>
#include <latch>

#include "ends.h"
#include "held_handler.h"
#include "test_engine.h"

using namespace std::chrono_literals;
using jobs::State;

namespace {

// What a handler does that works until it is told to stop.
void work_until_stopped(const jobs::Context& job, std::latch& entered) {
  std::promise<void> stopped;
  const std::stop_callback on_stop(job.stop_token(), [&] { stopped.set_value(); });
  entered.count_down();
  stopped.get_future().wait();
}

}  // namespace

TEST_CASE("a handler's result completes its job", "[worker]") {
  TestEngine engine;
  engine->handle("k", [](jobs::Context& job) {
    CHECK(job.attempt() == 1);
    return jobs::Result{"short", "long " + job.payload()};
  });
  Ends ends(*engine);
  engine->start();
  const jobs::JobId id = engine->submit({.kind = "k", .payload = "p"});
  ends.wait_for(id, jobs::EventType::completed);
  CHECK(engine->find(id)->state == State::complete);
  CHECK(engine->find(id)->summary == "short");
  CHECK(engine->output(id) == "long p");
}

TEST_CASE("a result is read in pieces that together are the whole", "[worker]") {
  TestEngine engine;
  std::string output;
  for (int i = 0; i < 20'000; ++i) output += "é" + std::to_string(i);  // Several pages, and characters of two bytes.
  const auto complete = [&](const jobs::Result& result) {
    const jobs::JobId id = engine->submit({.kind = "k"});
    CHECK(std::move(*engine->claim()).complete(result) == jobs::Finish::ok);
    return id;
  };
  const auto piece = [&](const jobs::JobId& id, std::size_t offset, std::size_t size) {
    std::optional<std::string> found;
    engine->read([&](jobs::Reader& reader) { found = reader.output_piece(id, offset, size); });
    return found;
  };
  const jobs::JobId id = complete({.summary = "s", .output = output});
  for (const std::size_t size : {std::size_t{1000}, std::size_t{4096}, std::size_t{65'537}, output.size(), output.size() + 1}) {
    std::string whole;
    while (const auto next = piece(id, whole.size(), size)) {
      if (next->empty()) break;
      REQUIRE(next->size() == std::min(size, output.size() - whole.size()));
      whole += *next;
    }
    CHECK((whole == output));
  }
  CHECK(piece(id, output.size() - 1, 10)->size() == 1);
  CHECK(piece(id, output.size(), 10) == "");
  CHECK(piece(id, output.size() + 1, 10) == "");
  CHECK(piece(complete({}), 0, 10) == "");
  CHECK_FALSE(piece(engine->submit({.kind = "k"}), 0, 10));
}

TEST_CASE("jobs that waited before the start are run", "[worker]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k"});
  engine->handle("k", [](jobs::Context&) { return jobs::Result{}; });
  Ends ends(*engine);
  engine->start();
  ends.wait_for(id, jobs::EventType::completed);
  CHECK(engine->output(id) == "");
}

TEST_CASE("what a handler throws fails its attempt with a code that tells which", "[worker]") {
  TestEngine engine;
  engine->handle("own", [](jobs::Context&) -> jobs::Result {
    throw jobs::Failure{.code = "quota", .message = "used up", .retry = false};
  });
  engine->handle("std", [](jobs::Context&) -> jobs::Result { throw std::runtime_error("broken"); });
  engine->handle("int", [](jobs::Context&) -> jobs::Result { throw 7; });
  engine->handle("stopped", [](jobs::Context&) -> jobs::Result { throw jobs::Stopped{}; });
  Ends ends(*engine);
  engine->start();
  for (const auto& [kind, code] : {std::pair{"own", "quota"}, std::pair{"std", "handler_error"},
                                   std::pair{"int", "handler_error"}, std::pair{"stopped", "handler_error"},
                                   std::pair{"unknown", "no_handler"}}) {
    const jobs::JobId id = engine->submit({.kind = kind, .max_attempts = 1});
    ends.wait_for(id, jobs::EventType::failed);
    CHECK(engine->find(id)->failure->code == code);
  }
}

TEST_CASE("a failed attempt runs again after its backoff, on the engine's own timers", "[worker]") {
  TestEngine engine;
  engine->handle(
      "k",
      [](jobs::Context& job) -> jobs::Result {
        if (job.attempt() < 3) throw std::runtime_error("not yet");
        return {};
      },
      {.retry = {.kind = jobs::RetryPolicy::Kind::fixed, .base = 10s}});
  Ends ends(*engine);
  engine->start();
  const jobs::JobId id = engine->submit({.kind = "k", .max_attempts = 3});
  ends.wait_for(id, jobs::EventType::retry, 1);
  engine.clock.advance(10s);
  ends.wait_for(id, jobs::EventType::retry, 2);
  engine.clock.advance(10s);
  ends.wait_for(id, jobs::EventType::completed);
  CHECK(engine->find(id)->attempt == 3);
}

TEST_CASE("cancelling raises the stop token of the run", "[worker]") {
  TestEngine engine;
  std::latch entered(1);
  engine->handle("k", [&](jobs::Context& job) -> jobs::Result {
    work_until_stopped(job, entered);
    job.check_stop();
    return {};
  });
  Ends ends(*engine);
  engine->start();
  const jobs::JobId id = engine->submit({.kind = "k"});
  entered.wait();
  CHECK(engine->cancel(id, "me")->state == State::running);
  ends.wait_for(id, jobs::EventType::cancelled);
  CHECK(engine->find(id)->state == State::cancelled);
}

TEST_CASE("a run past its time limit is stopped and counts as failed", "[worker]") {
  TestEngine engine;
  std::latch entered(1);
  engine->handle("k", [&](jobs::Context& job) -> jobs::Result {
    work_until_stopped(job, entered);
    throw jobs::Stopped{};
  });
  Ends ends(*engine);
  engine->start();
  const jobs::JobId id = engine->submit({.kind = "k", .max_attempts = 1, .time_limit = 10s});
  entered.wait();
  engine.clock.advance(10s);
  ends.wait_for(id, jobs::EventType::failed);
  CHECK(engine->find(id)->failure->code == "time_limit");
}

TEST_CASE("a handler that ignores its time limit loses its job", "[worker]") {
  TestEngine engine;
  HeldHandler handler("too late");
  engine->handle("k", std::ref(handler));
  Ends ends(*engine);
  engine->start();
  const jobs::JobId id = engine->submit({.kind = "k", .max_attempts = 1, .time_limit = 10s});
  handler.wait_until_entered();
  engine.clock.advance(10s);
  engine.clock.advance(5s);
  ends.wait_for(id, jobs::EventType::failed);
  handler.let_go();
  engine->stop();
  CHECK(engine->find(id)->state == State::failed);
}

TEST_CASE("the engine renews the lease of a handler that takes its time", "[worker]") {
  TestEngine engine;
  HeldHandler handler("in time");
  engine->handle("k", std::ref(handler));
  Ends ends(*engine);
  engine->start();
  const jobs::JobId id = engine->submit({.kind = "k", .max_attempts = 1});
  handler.wait_until_entered();
  for (int i = 0; i < 20; ++i) {
    engine.clock.advance(10s);
    engine->run_timers();
  }
  handler.let_go();
  ends.wait_for(id, jobs::EventType::completed);
  CHECK(engine->find(id)->attempt == 1);
}

TEST_CASE("a run whose end waits for its turn keeps its lease", "[worker]") {
  TestEngine engine;
  HeldHandler handler("in time");
  engine->handle("k", std::ref(handler));
  Ends ends(*engine);
  engine->start();
  const jobs::JobId id = engine->submit({.kind = "k", .max_attempts = 1});
  handler.wait_until_entered();
  engine->transact([&](jobs::Transaction&) {  // nobody else has the turn
    handler.let_go();
    engine.clock.advance(1h);
  });
  engine->run_timers();  // before the end or after it
  ends.wait_for(id, jobs::EventType::completed);
  CHECK(engine->find(id)->attempt == 1);
}

TEST_CASE("a handler that snoozes is run again when its delay has passed, and no attempt is burnt", "[worker]") {
  TestEngine engine;
  engine->handle("k", [](jobs::Context& job) -> jobs::Result {
    job.step("once", [] { return std::string("kept"); });
    if (job.attempt() < 3) throw jobs::Snooze{10s};
    return {"ran " + std::to_string(job.attempt()) + " times"};
  });
  Ends ends(*engine);
  engine->start();
  const jobs::JobId id = engine->submit({.kind = "k", .max_attempts = 1});
  for (int snoozed = 1; snoozed <= 2; ++snoozed) {
    ends.wait_for(id, jobs::EventType::returned, snoozed);
    CHECK(engine->find(id)->run_at == engine.clock.now() + 10s);
    CHECK(engine->find(id)->attempts_returned == snoozed);
    engine.clock.advance(10s);
  }
  ends.wait_for(id, jobs::EventType::completed);
  CHECK(engine->find(id)->summary == "ran 3 times");
  CHECK(engine->failures(id).empty());
}

TEST_CASE("a snooze does not escape a cancellation or a time limit", "[worker]") {
  TestEngine engine;
  std::latch entered(2);
  engine->handle("k", [&](jobs::Context& job) -> jobs::Result {
    work_until_stopped(job, entered);
    throw jobs::Snooze{1h};
  });
  Ends ends(*engine);
  engine->start();
  const jobs::JobId cancelled = engine->submit({.kind = "k"});
  const jobs::JobId limited = engine->submit({.kind = "k", .max_attempts = 1, .time_limit = 10s});
  entered.wait();
  engine->cancel(cancelled);
  ends.wait_for(cancelled, jobs::EventType::cancelled);
  engine.clock.advance(10s);
  ends.wait_for(limited, jobs::EventType::failed);
  CHECK(engine->find(limited)->failure->code == "time_limit");
}

TEST_CASE("a job that ignores its time limit is judged by its own policy", "[worker]") {
  TestEngine engine;
  std::latch entered(1);
  std::promise<void> let_go;
  engine->handle(
      "k",
      [&](jobs::Context&) -> jobs::Result {
        entered.count_down();
        let_go.get_future().wait();
        return {};
      },
      {.retry = {.never = {"time_limit"}}});
  Ends ends(*engine);
  engine->start();
  const jobs::JobId id = engine->submit({.kind = "k", .max_attempts = 9, .time_limit = 2s});
  entered.wait();
  engine.clock.advance(2s);
  engine.clock.advance(5s);
  ends.wait_for(id, jobs::EventType::failed);
  let_go.set_value();
  engine->stop();
  CHECK(engine->find(id)->attempt == 1);
}

TEST_CASE("a stop whose grace period ends hands back what still runs", "[worker]") {
  TestEngine engine;
  std::latch entered(1);
  engine->handle("k", [&](jobs::Context& job) -> jobs::Result {
    work_until_stopped(job, entered);  // For ever, if nobody asks.
    throw jobs::Stopped{};
  });
  engine->start();
  const jobs::JobId id = engine->submit({.kind = "k", .max_attempts = 1});
  entered.wait();
  engine->stop(1ms);
  CHECK(engine->find(id)->state == State::pending);
  CHECK(engine->find(id)->attempts_returned == 1);
  CHECK(engine->failures(id).empty());
}

TEST_CASE("a stop hands running jobs back without burning an attempt", "[worker]") {
  TestEngine engine;
  std::latch entered(1);
  engine->handle("k", [&](jobs::Context& job) -> jobs::Result {
    work_until_stopped(job, entered);
    throw std::runtime_error("whatever a library throws when it is interrupted");
  });
  engine->start();
  const jobs::JobId id = engine->submit({.kind = "k", .max_attempts = 1});
  entered.wait();
  engine->stop();
  const auto job = engine->find(id);
  CHECK(job->state == State::pending);
  CHECK(job->attempts_returned == 1);
  // Writing still works, and nothing runs.
  CHECK(engine->submit({.kind = "k"}).created());
}

TEST_CASE("a stop with a grace period lets a running job finish, and starts no other", "[worker]") {
  TestEngine engine({.queues = {{"default", {.workers = 1}}}});
  std::latch entered(1);
  std::promise<void> let_go;
  engine->handle("k", [&](jobs::Context&) -> jobs::Result {
    entered.count_down();
    let_go.get_future().wait();
    return {"finished"};
  });
  engine->start();
  const jobs::JobId running = engine->submit({.kind = "k"});
  const jobs::JobId waiting = engine->submit({.kind = "k"});
  entered.wait();
  auto stopping = std::async(std::launch::async, [&] { engine->stop(1min); });
  let_go.set_value();
  stopping.wait();
  CHECK(engine->find(running)->state == State::complete);
  CHECK(engine->find(waiting)->state == State::pending);
}

TEST_CASE("a step's work is done once for the life of the job", "[worker]") {
  TestEngine engine;
  std::atomic<int> worked = 0;
  engine->handle(
      "k",
      [&](jobs::Context& job) -> jobs::Result {
        const std::string paid = job.step("model call", [&] { return "answer " + std::to_string(++worked); });
        if (job.attempt() == 1) throw std::runtime_error("after the step");
        return {paid};
      },
      {.retry = {.kind = jobs::RetryPolicy::Kind::fixed, .base = 0s}});
  Ends ends(*engine);
  engine->start();
  const jobs::JobId id = engine->submit({.kind = "k"});
  ends.wait_for(id, jobs::EventType::completed);
  CHECK(worked == 1);
  CHECK(engine->find(id)->summary == "answer 1");
}

TEST_CASE("progress is shown and logged in order", "[worker]") {
  TestEngine engine;
  engine->handle("k", [](jobs::Context& job) -> jobs::Result {
    for (int i = 1; i <= 200; ++i) job.progress(i, "step " + std::to_string(i));
    return {};
  });
  Ends ends(*engine);
  engine->start();
  const jobs::JobId id = engine->submit({.kind = "k"});
  ends.wait_for(id, jobs::EventType::completed);
  CHECK(engine->events(id).size() == 203);
  CHECK(engine->find(id)->progress->iteration == 200);
}

TEST_CASE("an output beyond its limit fails the job", "[worker]") {
  TestEngine engine({.output_bytes_max = 10});
  engine->handle("k", [](jobs::Context& job) { return jobs::Result{"", std::string(std::stoul(job.payload()), 'x')}; });
  Ends ends(*engine);
  engine->start();
  const jobs::JobId fits = engine->submit({.kind = "k", .payload = "10"});
  const jobs::JobId large = engine->submit({.kind = "k", .payload = "11"});
  ends.wait_for(fits, jobs::EventType::completed);
  ends.wait_for(large, jobs::EventType::failed);
  CHECK(engine->find(large)->failure->code == "output_too_large");
}

TEST_CASE("under load from many threads every job runs once and no answer is lost", "[worker]") {
  TestEngine engine({.queues = {{"default", {.workers = 8}}, {"other", {.workers = 2}}}});
  std::atomic<int> runs = 0;
  engine->handle("k", [&](jobs::Context& job) -> jobs::Result {
    ++runs;
    if (job.payload() == "2") job.progress(1, "half");
    return {job.payload()};
  });
  engine->start();
  constexpr int threads = 8, each = 100;
  std::vector<std::thread> callers;
  std::mutex mutex;
  std::vector<jobs::JobId> ids;
  for (int t = 0; t < threads; ++t) {
    callers.emplace_back([&, t] {
      for (int i = 0; i < each; ++i) {
        const jobs::JobId id = engine->submit(
            {.kind = "k", .payload = std::to_string(i % 5), .queue = t % 2 ? "default" : "other"});
        const std::lock_guard lock(mutex);
        ids.push_back(id);
      }
    });
  }
  for (auto& caller : callers) caller.join();
  while (std::any_of(ids.begin(), ids.end(), [&](const auto& id) { return !is_terminal(engine->find(id)->state); })) {
    std::this_thread::yield();
  }
  CHECK(runs == threads * each);
  for (const auto& id : ids) CHECK(engine->find(id)->state == State::complete);
}
