// Hooks for metrics and tracing: what is told, in which order, and that it is true by then.
#include <catch2/catch.hpp>
#include <latch>
#include <semaphore>

#include "test_engine.h"

using namespace std::chrono_literals;
using jobs::AttemptEnd;

namespace {

// Writes down what it is told, a line each.
class Recorder : public jobs::Observer {
 public:
  void submitted(const jobs::JobNotice& job) override { add("submitted " + name(job)); }
  void started(const jobs::JobNotice& job, std::chrono::milliseconds waited) override {
    add("started " + name(job) + " after " + std::to_string(waited.count()));
  }
  void finished(const jobs::JobNotice& job, AttemptEnd end, std::chrono::milliseconds ran) override {
    constexpr std::array words = {"completed", "failed", "cancelled", "retried", "returned"};
    add(words.at(static_cast<std::size_t>(end)) + (" " + name(job)) + " after " + std::to_string(ran.count()));
  }
  void delivery_attempted(const jobs::DeliveryNotice& one) override {
    add("delivery to " + one.host + " of " + one.trace + ", attempt " + std::to_string(one.attempt) + ", status " +
        std::to_string(one.status) + ", state " + std::to_string(static_cast<int>(one.state)));
    delivered.release();
  }
  void committed(const jobs::CommitNotice& commit) override {
    if (commit.took.count() < 0) add("time went backwards");
    if (told_) add("committed " + std::to_string(commit.writes));
    told_ = false;
  }

  // What was told since the last call.
  std::vector<std::string> lines() {
    const std::lock_guard lock(mutex_);
    return std::exchange(lines_, {});
  }
  std::counting_semaphore<> delivered{0};

 private:
  static std::string name(const jobs::JobNotice& job) {
    return job.kind + " of " + job.queue + " (" + job.trace + ") " + std::to_string(job.attempt);
  }
  void add(std::string line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
    told_ = true;
  }

  std::mutex mutex_;
  std::vector<std::string> lines_;
  bool told_ = false;
};

using Lines = std::vector<std::string>;

class TakesAll : public jobs::Transport {
 public:
  void send(jobs::WebhookRequest, std::function<void(jobs::WebhookResponse)> done) override { done({.status = 200}); }
};

}  // namespace

TEST_CASE("each step of a job's life is told with its times, then the commit that carried it", "[observer]") {
  Recorder recorder;
  TestEngine engine({.observer = &recorder});
  recorder.lines();
  engine->submit({.kind = "k", .trace = "t1", .max_attempts = 2});
  CHECK(recorder.lines() == Lines{"submitted k of default (t1) 0", "committed 1"});
  engine.clock.advance(5ms);
  auto first = engine->claim();
  CHECK(recorder.lines() == Lines{"started k of default (t1) 1 after 5", "committed 1"});
  engine.clock.advance(7ms);
  CHECK(std::move(*first).release(0ms) == jobs::Finish::ok);
  CHECK(recorder.lines() == Lines{"returned k of default (t1) 1 after 7", "committed 1"});
  auto second = engine->claim();
  engine.clock.advance(2ms);
  CHECK(std::move(*second).fail({.code = "c"}) == jobs::Finish::ok);
  CHECK(recorder.lines() ==
        Lines{"started k of default (t1) 2 after 0", "committed 1", "retried k of default (t1) 2 after 2", "committed 1"});
  engine.clock.advance(1h);
  auto third = engine->claim();
  CHECK(std::move(*third).complete("done") == jobs::Finish::ok);
  CHECK(recorder.lines().at(2) == "completed k of default (t1) 3 after 0");

  const auto id = engine->submit({.kind = "waits"});
  engine->cancel(id);
  engine->cancel(id);  // the second changes nothing
  CHECK(recorder.lines() == Lines{"submitted waits of default () 0", "committed 1", "cancelled waits of default () 0 after 0",
                                  "committed 1"});
}

TEST_CASE("what is undone, or was never done, is not told", "[observer]") {
  Recorder recorder;
  TestEngine engine({.observer = &recorder});
  engine->submit({.kind = "k", .unique_key = "u"});
  recorder.lines();
  engine->submit({.kind = "k", .unique_key = "u"});
  CHECK(recorder.lines().empty());
  CHECK_THROWS_AS(engine->transact([](jobs::Transaction& tx) {
    tx.submit({.kind = "undone"});
    throw std::runtime_error("no");
  }),
                  std::runtime_error);
  CHECK(recorder.lines().empty());
  engine->transact([](jobs::Transaction& tx) {
    tx.submit({.kind = "a"});
    tx.submit({.kind = "b"});
  });
  CHECK(recorder.lines() == Lines{"submitted a of default () 0", "submitted b of default () 0", "committed 1"});
}

TEST_CASE("writes that come while a commit is being written join it, as many as it may hold", "[observer]") {
  Recorder recorder;
  TestEngine engine({.observer = &recorder, .group_max = 3});
  std::latch stored(3);
  engine->transact([&](jobs::Transaction& tx) {
    tx.submit({.kind = "a"});
    for (int i = 0; i < 3; ++i) {
      engine->submit_async({.kind = "b"}, [&](const std::exception_ptr&, const jobs::Submitted&) { stored.count_down(); });
    }
  });
  stored.wait();
  engine.close();
  CHECK(recorder.lines() == Lines{"submitted a of default () 0", "submitted b of default () 0", "submitted b of default () 0",
                                  "committed 3", "submitted b of default () 0", "committed 1"});
}

TEST_CASE("what is told is durable, and told before the handler runs and before the caller goes on", "[observer]") {
  struct Looks : Recorder {
    jobs::Engine* engine = nullptr;
    std::atomic<int> seen = 0;
    std::atomic<int> started_jobs = 0;
    void submitted(const jobs::JobNotice& job) override {
      if (engine->find(job.job)) ++seen;  // a read waits for no writer
    }
    void started(const jobs::JobNotice&, std::chrono::milliseconds) override { ++started_jobs; }
  };
  Looks looks;
  TestEngine engine({.observer = &looks});
  looks.engine = &*engine;
  std::binary_semaphore ran(0);
  int started_before = -1;
  engine->handle("k", [&](jobs::Context&) {
    started_before = looks.started_jobs;
    ran.release();
    return jobs::Result{};
  });
  engine->start();
  engine->submit({.kind = "k"});
  CHECK(looks.seen == 1);
  ran.acquire();
  CHECK(started_before == 1);
  engine.close();
}

TEST_CASE("attempts to deliver are told with the trace of their job", "[observer]") {
  TakesAll transport;
  Recorder recorder;
  TestEngine engine({.transport = &transport, .observer = &recorder});
  const auto id = engine->submit(
      {.kind = "k", .trace = "t1", .webhook = jobs::WebhookTarget{.url = "https://a.example/hook"}});
  engine->cancel(id);
  recorder.lines();
  engine->start();
  recorder.delivered.acquire();
  engine.close();
  CHECK(recorder.lines().front() == "delivery to a.example:443 of t1, attempt 1, status 200, state 1");
}
