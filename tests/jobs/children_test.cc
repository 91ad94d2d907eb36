// Children: jobs that a handler submits, once each, and waits for without a thread.
#include <atomic>
#include <catch2/catch.hpp>

#include "ends.h"
#include "test_engine.h"

using namespace std::chrono_literals;
using jobs::EventType;
using jobs::Finish;
using jobs::JobId;
using jobs::State;

TEST_CASE("a parent submits each child once, and goes on when all are terminal", "[children]") {
  TestEngine engine({.queues = {{"default", {.workers = 1}}}});
  std::atomic<int> runs = 0;
  engine->handle("parent", [&](jobs::Context& job) {
    ++runs;
    for (const char* const name : {"a", "b", "bad"}) job.submit(name, {.kind = "child", .payload = name});
    std::string all;
    for (const jobs::Outcome& child : job.wait_children()) {
      all += child.state == State::complete ? child.summary : child.failure->code;
      all += " ";
    }
    job.submit("c", {.kind = "child", .payload = "c"});  // a second round
    for (const jobs::Outcome& child : job.wait_children()) all += child.summary;
    return jobs::Result{.summary = all};
  });
  engine->handle("child", [](jobs::Context& job) {
    CHECK(job.job().parent);
    if (job.payload() == "bad") throw jobs::Failure{.code = "spoiled", .retry = false};
    return jobs::Result{.summary = job.payload()};
  });
  Ends ends(*engine);
  engine->start();
  const JobId id = engine->submit({.kind = "parent", .max_attempts = 1});
  ends.wait_for(id, EventType::completed);
  CHECK(runs == 3);
  CHECK(engine->find(id)->summary == "a b spoiled abc");
  CHECK(engine->find(id)->open_jobs == 0);
  CHECK(engine->list({.kind = "child"}).size() == 4);
  CHECK(engine->list({.kind = "child"})[0].parent == id);
}

TEST_CASE("a child is submitted once although its parent's run was lost", "[children]") {
  TestEngine engine;
  const JobId parent = engine->submit({.kind = "parent"});
  auto claim = engine->claim();
  const auto child = claim->submit("c", {.kind = "child", .queue = "children"});
  REQUIRE(child);
  engine.reopen();
  claim = engine->claim();
  REQUIRE(claim);
  CHECK(claim->id() == parent);
  CHECK(claim->submit("c", {.kind = "child", .queue = "children"}) == child);
  CHECK(std::move(*claim).suspend(jobs::WaitForChildren{}) == Finish::ok);
  CHECK_FALSE(engine->claim());
  CHECK(std::move(*engine->claim({.queue = "children"})).complete("") == Finish::ok);
  claim = engine->claim();
  REQUIRE(claim);
  CHECK(claim->children().at(0).state == State::complete);
  CHECK(std::move(*claim).suspend(jobs::WaitForChildren{}) == Finish::ok);  // none is open: due at once
  CHECK(engine->claim());
}

TEST_CASE("a run that was lost submits no child", "[children]") {
  TestEngine engine;
  engine->submit({.kind = "parent"});
  auto claim = engine->claim({.lease = 1s});
  engine.clock.advance(1s);
  REQUIRE(engine->claim());
  CHECK_FALSE(claim->submit("c", {.kind = "child"}));
  CHECK(engine->list({.kind = "child"}).empty());
}

TEST_CASE("a cancelled parent takes its live children with it, and theirs", "[children]") {
  TestEngine engine;
  const JobId parent = engine->submit({.kind = "parent"});
  auto claim = engine->claim();
  const JobId done = *claim->submit("done", {.kind = "child", .queue = "c"});
  CHECK(std::move(*engine->claim({.queue = "c"})).complete("") == Finish::ok);
  const JobId running = *claim->submit("running", {.kind = "child", .queue = "c"});
  auto child = engine->claim({.queue = "c"});
  const JobId grandchild = *child->submit("grandchild", {.kind = "child", .queue = "g"});
  const JobId waiting = *claim->submit("waiting", {.kind = "child", .queue = "c"});
  CHECK(std::move(*claim).suspend(jobs::WaitForChildren{}) == Finish::ok);

  CHECK(engine->cancel(parent, "someone")->state == State::cancelled);
  CHECK(engine->find(done)->state == State::complete);
  CHECK(engine->find(waiting)->state == State::cancelled);
  CHECK(engine->find(waiting)->cancelled_by == parent.to_string());
  CHECK(engine->find(running)->state == State::running);
  CHECK(std::move(*child).complete("") == Finish::cancelled);
  CHECK(engine->find(grandchild)->state == State::cancelled);
}

TEST_CASE("a cancelled parent with a crowd of children takes them in bites", "[children]") {
  TestEngine engine({.durability = jobs::Durability::process_crash});
  const JobId parent = engine->submit({.kind = "parent"});
  auto claim = engine->claim();
  for (int i = 0; i < 450; ++i) CHECK(claim->submit(std::to_string(i), {.kind = "child"}));
  engine->cancel(parent);
  CHECK(std::move(*claim).complete("") == Finish::cancelled);
  engine.reopen();
  while (engine->run_timers()) {
  }
  CHECK(engine->list({.state = State::cancelled, .kind = "child", .limit = 1000}).size() == 450);
}

TEST_CASE("a parent that fails leaves its children alone", "[children]") {
  TestEngine engine;
  engine->submit({.kind = "parent"});
  auto claim = engine->claim();
  const JobId child = *claim->submit("c", {.kind = "child"});
  CHECK(std::move(*claim).fail({.code = "x", .retry = false}) == Finish::ok);
  claim = engine->claim();
  REQUIRE(claim);
  CHECK(claim->id() == child);
  CHECK(std::move(*claim).complete("") == Finish::ok);
}

TEST_CASE("nothing that waits for itself can be made", "[children]") {
  TestEngine engine;
  const JobId parent = engine->submit({.kind = "parent"});
  auto claim = engine->claim();
  const JobId after_parent = engine->submit({.kind = "k", .after = {parent}});
  const JobId later = engine->submit({.kind = "k", .after = {after_parent}});
  for (const JobId& id : {parent, after_parent, later}) {
    CHECK_THROWS_AS(claim->submit("c", {.kind = "child", .after = {id}}), std::invalid_argument);
  }
  // A grandchild after its grandparent.
  REQUIRE(claim->submit("c", {.kind = "child", .queue = "c"}));
  CHECK_THROWS_AS(engine->claim({.queue = "c"})->submit("g", {.kind = "child", .after = {parent}}),
                  std::invalid_argument);
  // Beside them, or after one another, children may be.
  const JobId other = engine->submit({.kind = "k", .queue = "other"});
  const JobId second = *claim->submit("d", {.kind = "child", .after = {other}});
  CHECK(claim->submit("e", {.kind = "child", .after = {second}}));
}

TEST_CASE("a child whose key another job holds is not made and not waited for", "[children]") {
  TestEngine engine;
  const JobId holder = engine->submit({.kind = "k", .queue = "other", .unique_key = "u"});
  engine->submit({.kind = "parent"});
  auto claim = engine->claim();
  CHECK(claim->submit("c", {.kind = "k", .queue = "other", .unique_key = "u"}) == holder);
  CHECK(claim->children().empty());
  CHECK(std::move(*claim).suspend(jobs::WaitForChildren{}) == Finish::ok);
  CHECK(engine->claim());
}

TEST_CASE("a child's spec and name are checked, and a name stands for one thing", "[children]") {
  TestEngine engine;
  engine->submit({.kind = "parent"});
  auto claim = engine->claim();
  CHECK_THROWS_AS(claim->submit("", {.kind = "k"}), std::invalid_argument);
  CHECK_THROWS_AS(claim->submit("c", {}), std::invalid_argument);
  CHECK(claim->store_step("s", "text") == Finish::ok);
  CHECK_THROWS_AS(claim->submit("s", {.kind = "k"}), std::invalid_argument);
}

TEST_CASE("a suspended job whose lease or process is gone loses nothing", "[children][recover]") {
  TestEngine engine;
  const JobId parent = engine->submit({.kind = "parent"});
  auto claim = engine->claim();
  const JobId child = *claim->submit("c", {.kind = "child", .queue = "c"});
  auto running = engine->claim({.queue = "c"});
  engine->cancel(parent);
  // Both runs are lost at once: the parent's end cancels the child's run, which then ends so too.
  engine.reopen();
  CHECK(engine->find(parent)->state == State::cancelled);
  CHECK(engine->find(child)->state == State::cancelled);
}

TEST_CASE("a child that is live again is waited for again", "[children][retry_now]") {
  TestEngine engine;
  const JobId parent = engine->submit({.kind = "parent", .queue = "p"});
  auto claim = engine->claim({.queue = "p"});
  const JobId child = *claim->submit("c", {.kind = "child"});
  CHECK(std::move(*engine->claim()).fail({.code = "x", .retry = false}) == Finish::ok);
  CHECK(engine->find(parent)->open_jobs == 0);
  CHECK(engine->retry_now(child) == jobs::RetryNow::revived);
  CHECK(engine->find(parent)->open_jobs == 1);
  CHECK(std::move(*claim).suspend(jobs::WaitForChildren{}) == Finish::ok);
  CHECK_FALSE(engine->claim({.queue = "p"}));
  CHECK(std::move(*engine->claim()).complete("") == Finish::ok);
  claim = engine->claim({.queue = "p"});
  REQUIRE(claim);
  CHECK(claim->children().at(0).state == State::complete);
}

TEST_CASE("a parent that is live again finds its children as they are", "[children][retry_now]") {
  TestEngine engine;
  const JobId parent = engine->submit({.kind = "parent", .queue = "p"});
  auto claim = engine->claim({.queue = "p"});
  const JobId child = *claim->submit("c", {.kind = "child"});
  CHECK(std::move(*claim).fail({.code = "x", .retry = false}) == Finish::ok);
  CHECK(engine->retry_now(parent) == jobs::RetryNow::revived);
  claim = engine->claim({.queue = "p"});
  REQUIRE(claim);
  CHECK(claim->submit("c", {.kind = "child"}) == child);
  CHECK(std::move(*claim).suspend(jobs::WaitForChildren{}) == Finish::ok);
  CHECK(std::move(*engine->claim()).complete("") == Finish::ok);
  CHECK(engine->claim({.queue = "p"}));
}

TEST_CASE("a job whose end is still being told is not taken back to life", "[children][retry_now]") {
  TestEngine engine({.durability = jobs::Durability::process_crash});
  const JobId first = engine->submit({.kind = "k"});
  const std::vector<jobs::JobSpec> crowd(201, {.kind = "k", .after = {first}});
  engine->submit_all(crowd);
  engine->cancel(first);
  CHECK(engine->retry_now(first) == jobs::RetryNow::unchanged);
  while (engine->run_timers()) {
  }
  CHECK(engine->retry_now(first) == jobs::RetryNow::revived);
  CHECK(engine->list({.state = State::failed, .limit = 1000}).size() == 201);
}

TEST_CASE("in an ordered queue a child of its parent's key would wait for ever, and is refused", "[children]") {
  TestEngine engine({.queues = {{"default", {.workers = 1, .ordered = true}}}});
  engine->submit({.kind = "parent", .key = "k"});
  auto claim = engine->claim();
  CHECK_THROWS_AS(claim->submit("c", {.kind = "child", .key = "k"}), std::invalid_argument);
  CHECK(claim->submit("c", {.kind = "child"}));
  CHECK(claim->submit("d", {.kind = "child", .key = "other"}));
  CHECK(claim->submit("e", {.kind = "child", .queue = "other", .key = "k"}));
}

TEST_CASE("a child and the wait for it are stored with the caller's own rows, or not at all", "[children][hand]") {
  TestEngine engine;
  const JobId parent = engine->submit({.kind = "parent", .queue = "p"});
  const jobs::RunId run = {.job = parent, .attempt = 1};
  std::optional<JobId> child;
  const auto suspend_and = [&](bool fail) {
    engine->transact([&](jobs::Transaction& tx) {
      if (tx.find(parent)->state == State::pending) REQUIRE(tx.claim({.queue = "p"}, 1).size() == 1);
      child = tx.submit(run, "c", {.kind = "child"});
      REQUIRE(child);
      CHECK(tx.suspend(run, jobs::WaitForChildren{}) == Finish::ok);
      if (fail) throw std::runtime_error("the caller's own");
    });
  };
  CHECK_THROWS_AS(suspend_and(true), std::runtime_error);
  CHECK_FALSE(engine->claim());
  suspend_and(false);
  CHECK(engine->find(parent)->open_jobs == 1);
  auto claim = engine->claim();
  REQUIRE(claim);
  CHECK(claim->id() == *child);
  CHECK(std::move(*claim).complete("") == Finish::ok);
  CHECK(engine->claim({.queue = "p"}));
  engine->transact([&](jobs::Transaction& tx) {
    CHECK_FALSE(tx.submit(run, "d", {.kind = "child"}));  // that run is over
    CHECK(tx.suspend(run, jobs::WaitForChildren{}) == Finish::lease_lost);
  });
}
