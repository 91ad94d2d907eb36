// From the end of a job to its receiver: the outbox, the courier and the log, in the engine's own file.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "jobs/signature.h"
#include "support/temporary_folder.h"
#include "test_engine.h"

namespace {

using namespace std::chrono_literals;
using jobs::DeliveryState;
using jobs::JobId;
using jobs::WebhookRequest;
using jobs::WebhookResponse;

// Answers at once, as the test says, and remembers.
class Receiver : public jobs::Transport {
 public:
  void send(WebhookRequest request, std::function<void(WebhookResponse)> done) override {
    WebhookResponse answer;
    {
      const std::lock_guard lock(mutex_);
      answer = answer_;
      if (silent_.contains(request.url)) held_.push_back(std::move(done));
      requests_.push_back(std::move(request));
    }
    if (done) done(answer);
    arrived_.notify_all();
  }
  void answer_with(WebhookResponse answer) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }
  // Never answers requests to this URL.
  void hold(const std::string& url) {
    const std::lock_guard lock(mutex_);
    silent_.insert(url);
  }
  // The requests so far, once there are `count`.
  std::vector<WebhookRequest> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    const bool came = arrived_.wait_for(lock, 20s, [&] { return requests_.size() >= count; });
    REQUIRE(came);
    return requests_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<WebhookRequest> requests_;
  std::vector<std::function<void(WebhookResponse)>> held_;
  std::set<std::string> silent_;
  WebhookResponse answer_ = {.status = 200, .body = "thanks"};
};

constexpr const char* kHook = "https://a.example/hook";

std::array<std::byte, 32> key_of(unsigned char fill) {
  std::array<std::byte, 32> key;
  key.fill(std::byte{fill});
  return key;
}

jobs::Options by_hand(Receiver& receiver) {
  return {.queues = {{"default", {.workers = 0}}}, .secret_key = key_of(1), .transport = &receiver};
}

// For tests that write much: what a power cut would lose is not their matter.
jobs::Options by_hand_unsynced(Receiver& receiver) {
  jobs::Options options = by_hand(receiver);
  options.durability = jobs::Durability::process_crash;
  return options;
}

JobId submit(TestEngine& engine, const std::string& url = kHook, const std::string& secret = "") {
  return engine->submit({.kind = "report",
                         .max_attempts = 1,
                         .webhook = jobs::WebhookTarget{.url = url, .secret = secret, .metadata = R"({"n": 1.0})"}});
}

std::string header_of(const WebhookRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return "";
}

}  // namespace

TEST_CASE("a trace that is a traceparent is sent with the webhook, and any other is not", "[delivery]") {
  Receiver receiver;
  TestEngine engine(by_hand_unsynced(receiver));
  engine->start();
  const std::string parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  for (const auto& trace : {parent, parent + "\r\nX-Evil: 1", std::string("our own words")}) {
    engine->submit({.kind = "k", .trace = trace, .webhook = jobs::WebhookTarget{.url = kHook}});
    REQUIRE(std::move(*engine->claim()).complete("done") == jobs::Finish::ok);
  }
  const auto requests = receiver.wait_for(3);
  const auto traceparents = [](const WebhookRequest& request) {
    std::vector<std::string> found;
    for (const auto& [name, value] : request.headers) {
      if (name == "traceparent") found.push_back(value);
    }
    return found;
  };
  std::vector<std::string> all;
  for (const auto& request : requests) {
    const auto found = traceparents(request);
    all.insert(all.end(), found.begin(), found.end());
  }
  CHECK(all == std::vector{parent});
}

TEST_CASE("a job submitted while a secret is replaced is signed with both, and neither is in the file", "[delivery]") {
  Receiver receiver;
  TestEngine engine(by_hand_unsynced(receiver));
  engine->start();
  engine->submit({.kind = "report",
                  .webhook = jobs::WebhookTarget{.url = kHook, .secret = "a well kept secret", .old_secret = "an old secret"}});
  CHECK(std::move(*engine->claim()).complete("done") == jobs::Finish::ok);
  const auto request = receiver.wait_for(1).at(0);
  const std::string timestamp = header(request, "webhook-timestamp");
  const std::string id = header(request, "webhook-id");
  CHECK(header(request, "webhook-signature") ==
        jobs::standard_signature("a well kept secret", id, timestamp, request.body) + " " +
            jobs::standard_signature("an old secret", id, timestamp, request.body));
  CHECK(header(request, "X-Omni-Signature") == jobs::omni_signature("a well kept secret", timestamp, request.body));
  engine.close();
  CHECK(contents(engine.options().path).find("well kept") == std::string::npos);
  CHECK(contents(engine.options().path).find("an old secret") == std::string::npos);
}

TEST_CASE("a job's end reaches its receiver and is logged", "[delivery]") {
  Receiver receiver;
  TestEngine engine(by_hand(receiver));
  engine->start();
  const JobId job = submit(engine);
  CHECK(engine->deliveries(job).empty());
  CHECK(std::move(*engine->claim()).complete("Up 12 %") == jobs::Finish::ok);

  const auto requests = receiver.wait_for(1);
  CHECK(requests[0].url == kHook);
  const auto body = nlohmann::json::parse(requests[0].body);
  CHECK(body.at("jobId") == job.to_string());
  CHECK(body.at("status") == "COMPLETE");
  CHECK(body.at("result_summary") == "Up 12 %");
  CHECK(requests[0].body.find(R"("metadata":{"n": 1.0},)") != std::string::npos);
  CHECK(header_of(requests[0], "X-Omni-Signature").empty());

  engine->stop();
  const auto deliveries = engine->deliveries(job);
  REQUIRE(deliveries.size() == 1);
  CHECK(deliveries[0].event_id == body.at("event_id").get<std::string>());
  CHECK(deliveries[0].state == DeliveryState::delivered);
  REQUIRE(deliveries[0].attempts.size() == 1);
  CHECK(deliveries[0].attempts[0].at == engine.clock.now());
  CHECK(deliveries[0].attempts[0].status == 200);
  CHECK(deliveries[0].attempts[0].body == "thanks");
}

TEST_CASE("a failed and a cancelled job tell so", "[delivery]") {
  Receiver receiver;
  TestEngine engine(by_hand(receiver));
  engine->start();
  submit(engine);
  CHECK(std::move(*engine->claim()).fail({.code = "bad_query", .message = "No such field."}) == jobs::Finish::ok);
  const auto failed = nlohmann::json::parse(receiver.wait_for(1)[0].body);
  CHECK(failed.at("status") == "FAILED");
  CHECK(failed.at("result_summary").is_null());
  CHECK(failed.at("error") == nlohmann::json({{"code", "bad_query"}, {"message", "No such field."}}));

  engine->cancel(submit(engine));
  const auto cancelled = nlohmann::json::parse(receiver.wait_for(2)[1].body);
  CHECK(cancelled.at("status") == "CANCELLED");
  CHECK(cancelled.at("result_summary").is_null());
  CHECK_FALSE(cancelled.contains("error"));
}

TEST_CASE("a job that will run again tells nothing yet", "[delivery]") {
  Receiver receiver;
  TestEngine engine(by_hand(receiver));
  engine->start();
  const JobId job = engine->submit({.kind = "report", .max_attempts = 2, .webhook = jobs::WebhookTarget{.url = kHook}});
  CHECK(std::move(*engine->claim()).fail({.code = "again"}) == jobs::Finish::ok);
  CHECK(engine->deliveries(job).empty());
}

TEST_CASE("an event that was not sent before a restart is sent after it", "[delivery]") {
  Receiver receiver;
  TestEngine engine(by_hand(receiver));
  // Never started: as if the process ended right after the commit.
  const JobId job = submit(engine);
  CHECK(std::move(*engine->claim()).complete("done") == jobs::Finish::ok);
  CHECK(engine->deliveries(job).at(0).state == DeliveryState::pending);
  engine.reopen();
  engine->start();
  receiver.wait_for(1);
  engine->stop();
  CHECK(engine->deliveries(job).at(0).state == DeliveryState::delivered);
}

TEST_CASE("a restart goes on in the middle of the schedule with the same event", "[delivery]") {
  Receiver receiver;
  receiver.answer_with({.status = 500});
  TestEngine engine(by_hand(receiver));
  engine->start();
  const JobId job = submit(engine);
  CHECK(std::move(*engine->claim()).complete("done") == jobs::Finish::ok);
  receiver.wait_for(1);
  engine->stop();
  const auto before = engine->deliveries(job).at(0);
  CHECK(before.state == DeliveryState::pending);
  CHECK(before.next_at >= engine.clock.now() + 4s);
  CHECK(before.next_at <= engine.clock.now() + 6s);

  engine.reopen();
  CHECK(engine->deliveries(job).at(0).next_at == before.next_at);
  engine.clock.advance(before.next_at - engine.clock.now());
  engine->start();
  const auto requests = receiver.wait_for(2);
  CHECK(requests[1].body == requests[0].body);
  engine->stop();
  const auto after = engine->deliveries(job).at(0);
  CHECK(after.attempts.size() == 2);
  CHECK(after.next_at >= engine.clock.now() + 4min);
  CHECK(after.next_at <= engine.clock.now() + 6min);
}

TEST_CASE("a webhook whose events could not be made or signed is refused with its job", "[delivery]") {
  Receiver receiver;
  TestEngine engine(by_hand(receiver));
  const auto refused = [&](jobs::WebhookTarget target) {
    try {
      engine->submit({.kind = "report", .webhook = std::move(target)});
    } catch (const std::invalid_argument& error) {
      CHECK(std::string(error.what()).starts_with("webhook."));
      return true;
    }
    return false;
  };
  CHECK(refused({}));
  CHECK(refused({.url = std::string(8193, 'u')}));
  CHECK_FALSE(refused({.url = std::string(8192, 'u')}));
  CHECK(refused({.url = kHook, .secret = "whsec_!"}));
  CHECK_FALSE(refused({.url = kHook, .secret = "whsec_c2VjcmV0"}));
  CHECK(refused({.url = kHook, .secret = std::string(4097, 's')}));
  CHECK_FALSE(refused({.url = kHook, .secret = std::string(4096, 's')}));
  CHECK(refused({.url = kHook, .secret = std::string("a\0b", 3)}));
  CHECK(refused({.url = kHook, .old_secret = "old"}));
  CHECK(refused({.url = kHook, .secret = "new", .old_secret = "whsec_!"}));
  CHECK(refused({.url = kHook, .secret = "new", .old_secret = std::string("a\0b", 3)}));
  CHECK_FALSE(refused({.url = kHook, .secret = "new", .old_secret = "old"}));
  for (const char* metadata : {"{", "{}}", "{} {}", "'a'", " ", "{\"a\":\"\xff\"}"}) {
    INFO(metadata);
    CHECK(refused({.url = kHook, .metadata = metadata}));
  }
  CHECK(refused({.url = kHook, .metadata = '"' + std::string(65535, 'm') + '"'}));
  CHECK_FALSE(refused({.url = kHook, .metadata = '"' + std::string(65534, 'm') + '"'}));
  // Deep, but no deeper than the limit on its length allows.
  CHECK_FALSE(refused({.url = kHook, .metadata = std::string(32768, '[') + std::string(32768, ']')}));
  CHECK(engine->list({.limit = 1000}).size() == 6);
  engine.options().secret_key.reset();
  engine.reopen();
  CHECK(refused({.url = kHook, .secret = "the secret"}));
}

TEST_CASE("a secret signs each request and is nowhere in the file", "[delivery]") {
  Receiver receiver;
  TestEngine engine(by_hand(receiver));
  engine->start();
  const std::string secret = "a-secret-that-is-easy-to-find";
  submit(engine, kHook, secret);
  CHECK(std::move(*engine->claim()).complete("findable summary") == jobs::Finish::ok);
  const auto request = receiver.wait_for(1)[0];
  const std::vector<std::string> secrets = {secret};
  CHECK(jobs::verify_signature({.timestamp = header_of(request, "X-Omni-Signature-Timestamp"),
                                .signature = header_of(request, "X-Omni-Signature"),
                                .body = request.body},
                               secrets, engine.clock.now()) == jobs::Verdict::ok);
  const std::string stored = contents(engine.folder / "jobs.db") + contents(engine.folder / "jobs.db-wal");
  CHECK(stored.find("findable summary") != stored.npos);
  CHECK(stored.find(secret) == stored.npos);
}

TEST_CASE("under another key a delivery fails visibly, unsent, and goes out once the key is back", "[delivery]") {
  Receiver receiver;
  TestEngine engine(by_hand(receiver));
  const JobId job = submit(engine, kHook, "the secret");
  CHECK(std::move(*engine->claim()).complete("done") == jobs::Finish::ok);
  // Unsigned, so that its arrival shows that the courier has looked at both.
  const JobId other = submit(engine);
  CHECK(std::move(*engine->claim()).complete("done") == jobs::Finish::ok);

  engine.options().secret_key = key_of(2);
  engine.reopen();
  engine->start();
  receiver.wait_for(1);
  engine->stop();
  CHECK(engine->deliveries(other).at(0).state == DeliveryState::delivered);
  const auto failed = engine->deliveries(job).at(0);
  CHECK(failed.state == DeliveryState::pending);
  CHECK(failed.attempts.at(0).status == 0);
  CHECK_THAT(failed.attempts.at(0).error, Catch::Contains("another secret key"));

  engine.options().secret_key = key_of(1);
  engine.clock.advance(6s);
  engine.reopen();
  engine->start();
  CHECK_FALSE(header_of(receiver.wait_for(2)[1], "X-Omni-Signature").empty());
  engine->stop();
  CHECK(engine->deliveries(job).at(0).state == DeliveryState::delivered);
}

TEST_CASE("the backlog of a silent receiver does not hold up another's events", "[delivery]") {
  Receiver receiver;
  const std::string silent = "https://silent.example/hook";
  receiver.hold(silent);
  TestEngine engine(by_hand_unsynced(receiver));
  // More than is looked at in the order of time, all older than the one that can be delivered.
  for (int i = 0; i < 400; ++i) {
    submit(engine, silent);
    CHECK(std::move(*engine->claim()).complete("done") == jobs::Finish::ok);
  }
  engine.clock.advance(1s);
  std::vector<JobId> quick;
  for (const char* url : {"https://a.example/hook", "https://z.example/hook"}) {
    for (int i = 0; i < 10; ++i) {
      quick.push_back(submit(engine, url));
      CHECK(std::move(*engine->claim()).complete("done") == jobs::Finish::ok);
    }
  }
  engine->start();
  const auto requests = receiver.wait_for(24);
  engine->stop();
  CHECK(std::count_if(requests.begin(), requests.end(), [&](const auto& one) { return one.url == silent; }) == 4);
  for (const JobId& job : quick) CHECK(engine->deliveries(job).at(0).state == DeliveryState::delivered);
}

TEST_CASE("many hosts with a long backlog are all served", "[delivery]") {
  Receiver receiver;
  TestEngine engine(by_hand_unsynced(receiver));
  for (int i = 0; i < 600; ++i) {
    submit(engine, "https://host" + std::to_string(i % 150) + ".example");
    CHECK(std::move(*engine->claim()).complete("done") == jobs::Finish::ok);
  }
  engine->start();
  const auto requests = receiver.wait_for(600);
  std::set<std::string> events;
  for (const auto& request : requests) events.insert(nlohmann::json::parse(request.body).at("event_id"));
  CHECK(events.size() == 600);
}

TEST_CASE("a dead delivery can be sent again, by the job it belongs to only", "[delivery]") {
  Receiver receiver;
  receiver.answer_with({.status = 410});
  TestEngine engine(by_hand(receiver));
  engine->start();
  const JobId job = submit(engine);
  CHECK(std::move(*engine->claim()).complete("done") == jobs::Finish::ok);
  const JobId other = submit(engine);
  receiver.wait_for(1);
  engine->stop();
  const auto dead = engine->deliveries(job).at(0);
  REQUIRE(dead.state == DeliveryState::dead);

  CHECK_FALSE(engine->send_again(other, dead.id));
  CHECK_FALSE(engine->send_again(job, dead.id + 1));
  const auto take_back = [&](jobs::Transaction& tx) {
    CHECK(tx.send_again(job, dead.id));
    CHECK(tx.deliveries(job).at(0).state == DeliveryState::pending);
    throw std::runtime_error("thought better of it");
  };
  CHECK_THROWS_AS(engine->transact(take_back), std::runtime_error);
  CHECK(engine->deliveries(job).at(0).state == DeliveryState::dead);
  CHECK(engine->send_again(job, dead.id));
  CHECK(engine->deliveries(job).at(0).state == DeliveryState::pending);

  receiver.answer_with({.status = 204});
  engine.reopen();
  engine->start();
  const auto requests = receiver.wait_for(2);
  CHECK(requests[0].body == requests[1].body);
  engine->stop();
  CHECK(engine->deliveries(job).at(0).state == DeliveryState::delivered);
  CHECK(engine->deliveries(job).at(0).attempts.size() == 2);
}

TEST_CASE("sending again wakes a running courier, and the log keeps the newest fifty attempts", "[delivery]") {
  Receiver receiver;
  TestEngine engine(by_hand_unsynced(receiver));
  engine->start();
  const JobId job = submit(engine);
  CHECK(std::move(*engine->claim()).complete("done") == jobs::Finish::ok);
  receiver.wait_for(1);
  const auto id = engine->deliveries(job).at(0).id;
  for (std::size_t i = 2; i <= 60; ++i) {
    // A restart makes sure that the attempt before has been recorded.
    engine.reopen();
    engine->start();
    engine.clock.advance(1s);
    CHECK(engine->send_again(job, id));
    receiver.wait_for(i);
  }
  engine->stop();
  const auto attempts = engine->deliveries(job).at(0).attempts;
  CHECK(attempts.size() == 50);
  CHECK(attempts.back().at == engine.clock.now());
  CHECK(attempts.front().at == engine.clock.now() - 49s);
}

TEST_CASE("progress is told while the job runs, if it was asked for", "[delivery][progress]") {
  Receiver receiver;
  TestEngine engine(by_hand(receiver));
  engine->start();
  const JobId job = engine->submit(
      {.kind = "report", .webhook = jobs::WebhookTarget{.url = kHook, .secret = "the secret", .progress = true}});
  auto claim = engine->claim();
  CHECK(claim->progress(2, "half way") == jobs::Finish::ok);
  const auto request = receiver.wait_for(1)[0];
  const auto body = nlohmann::json::parse(request.body);
  CHECK(body.at("status") == "RUNNING");
  CHECK(body.at("progress") == nlohmann::json({{"iteration", 2}, {"message", "half way"}}));
  CHECK(body.at("metadata").is_null());
  CHECK_FALSE(header_of(request, "X-Omni-Signature").empty());
  CHECK(engine->deliveries(job).empty());

  const JobId quiet = submit(engine);
  auto second = engine->claim();
  REQUIRE(second->id() == quiet);
  CHECK(second->progress(1, "not asked for") == jobs::Finish::ok);
  CHECK(std::move(*second).complete("done") == jobs::Finish::ok);
  CHECK(nlohmann::json::parse(receiver.wait_for(2)[1].body).at("status") == "COMPLETE");
}

TEST_CASE("without a transport events wait in the outbox", "[delivery]") {
  Receiver receiver;
  TestEngine engine(by_hand(receiver));
  engine.options().transport = nullptr;
  engine.reopen();
  engine->start();
  const JobId job = submit(engine);
  CHECK(std::move(*engine->claim()).complete("done") == jobs::Finish::ok);
  engine->stop();
  CHECK(engine->deliveries(job).at(0).state == DeliveryState::pending);
  CHECK(engine->deliveries(job).at(0).attempts.empty());
}
