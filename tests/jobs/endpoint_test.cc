// Receivers that fail: one that is down is spared and probed, nobody else waits for it, and an operator can see it. And
// what an operator does about it: sending again, and changing the key that secrets are encrypted with.
#include <catch2/catch.hpp>
#include <map>

#include "core/endpoint_health.h"
#include "jobs/signature.h"
#include "test_engine.h"

namespace {

using namespace std::chrono_literals;
using jobs::DeliveryState;
using jobs::JobId;
using jobs::Time;

// Answers at once, each host as the test says, and remembers.
class Receivers : public jobs::Transport {
 public:
  void send(jobs::WebhookRequest request, std::function<void(jobs::WebhookResponse)> done) override {
    jobs::WebhookResponse answer = {.status = 200};
    {
      const std::lock_guard lock(mutex_);
      if (const auto found = status_.find(request.url); found != status_.end()) answer.status = found->second;
      requests_[request.url].push_back(std::move(request));
    }
    done(answer);
    arrived_.notify_all();
  }
  void answer(const std::string& url, int status) {
    const std::lock_guard lock(mutex_);
    status_[url] = status;
  }
  int count(const std::string& url) {
    const std::lock_guard lock(mutex_);
    return static_cast<int>(requests_[url].size());
  }
  std::vector<jobs::WebhookRequest> wait_for(const std::string& url, int count) {
    std::unique_lock lock(mutex_);
    const bool came = arrived_.wait_for(lock, 20s, [&] { return static_cast<int>(requests_[url].size()) >= count; });
    REQUIRE(came);
    return requests_[url];
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::map<std::string, std::vector<jobs::WebhookRequest>> requests_;
  std::map<std::string, int> status_;
};

const std::string kDown = "https://down.example/hook";
const std::string kWell = "https://well.example/hook";
const std::string kDownHost = "down.example:443";

std::array<std::byte, 32> key_of(unsigned char fill) {
  std::array<std::byte, 32> key;
  key.fill(std::byte{fill});
  return key;
}

struct Fixture {
  Receivers receivers;
  std::mutex mutex;
  std::vector<std::string> lines;
  TestEngine engine{{.queues = {{"default", {.workers = 0}}},
                     .secret_key = key_of(1),
                     .transport = &receivers,
                     .log = [this](jobs::LogLevel, const JobId&, std::string_view line) {
                       const std::lock_guard lock(mutex);
                       lines.emplace_back(line);
                     },
                     .durability = jobs::Durability::process_crash}};
  int sentinels = 0;

  JobId tell(const std::string& url, const std::string& secret = {}) {
    const JobId id =
        engine->submit({.kind = "k", .webhook = jobs::WebhookTarget{.url = url, .secret = secret}});
    engine->cancel(id);
    return id;
  }
  // Until the courier has looked at everything that was due before this call.
  void settle() {
    tell(kWell);
    receivers.wait_for(kWell, ++sentinels);
  }
  jobs::Endpoint down() {
    const auto all = engine->endpoints();
    REQUIRE(all.size() == 1);
    return all.front();
  }
  std::int64_t failures() {
    const auto all = engine->endpoints();
    return all.empty() ? 0 : all.front().failures;
  }
  // Twelve failures: four on their way at a time, and ten are tolerated.
  void bring_down(int deliveries = 20) {
    receivers.answer(kDown, 500);
    for (int i = 0; i < deliveries; ++i) tell(kDown);
    engine->start();
    receivers.wait_for(kDown, 12);
    while (failures() < 12) settle();
  }
  bool logged(const std::string& part) {
    const std::lock_guard lock(mutex);
    for (const std::string& line : lines) {
      if (line.find(part) != std::string::npos) return true;
    }
    return false;
  }
};

}  // namespace

TEST_CASE("the wait for a receiver that fails doubles up to an hour, and is long once it is disabled", "[endpoint]") {
  const Time t0{1h};
  // The middle of what a fifth to either side allows.
  const auto wait = [&](std::int64_t failures, Time now) {
    const auto shortest = jobs::after_failure(failures, t0, now, 0).retry_at - now;
    const auto longest = jobs::after_failure(failures, t0, now, 2 * (shortest.count() / 4)).retry_at - now;
    CHECK(longest.count() * 2 == shortest.count() * 3);
    return std::chrono::milliseconds(shortest.count() * 5 / 4);
  };
  CHECK(jobs::after_failure(9, t0, t0, 5).retry_at == t0);
  CHECK(wait(10, t0) == 1min);
  CHECK(wait(11, t0) == 2min);
  CHECK(wait(15, t0) == 32min);
  CHECK(wait(16, t0) == 60min);
  CHECK(wait(1'000'000, t0) == 60min);
  CHECK_FALSE(jobs::after_failure(1'000, t0, t0 + 5 * 24h - 1ms, 0).disabled);
  CHECK(jobs::after_failure(1'000, t0, t0 + 5 * 24h, 0).disabled);
  CHECK(wait(1'000, t0 + 5 * 24h) == 6h);
  // A few failures far apart disable nobody.
  CHECK_FALSE(jobs::after_failure(9, t0, t0 + 100 * 24h, 0).disabled);
}

TEST_CASE("a receiver that keeps failing is held back, and others are served", "[endpoint]") {
  Fixture f;
  f.bring_down();
  CHECK(f.down().host == kDownHost);
  CHECK(f.down().failures == 12);
  CHECK(f.down().failing_since == f.engine.clock.now());
  CHECK_FALSE(f.down().disabled_at);
  REQUIRE(f.down().held_until);
  CHECK(*f.down().held_until > f.engine.clock.now() + 3min);

  // Until then nothing, although much is due, and then one probe.
  f.engine.clock.advance(*f.down().held_until - f.engine.clock.now() - 1ms);
  f.settle();
  CHECK(f.receivers.count(kDown) == 12);
  f.engine.clock.advance(1ms);
  f.receivers.wait_for(kDown, 13);
  f.settle();
  while (f.failures() < 13) f.settle();
  f.settle();
  CHECK(f.receivers.count(kDown) == 13);

  // The probe that is taken lets all the others go.
  f.receivers.answer(kDown, 200);
  f.engine.clock.advance(*f.down().held_until - f.engine.clock.now());
  f.receivers.wait_for(kDown, 14);
  while (f.failures() > 0) f.settle();
  f.engine.clock.advance(10min);  // what has failed is due by its own schedule
  f.receivers.wait_for(kDown, 13 + 20);
  f.settle();
  CHECK(f.receivers.count(kDown) == 13 + 20);
  CHECK(f.engine->endpoints().empty());
}

TEST_CASE("refusals of single requests hold back nobody, and show that a receiver works", "[endpoint]") {
  for (const int status : {400, 401, 404, 409, 410, 499}) CHECK(jobs::refuses_one(status));
  for (const int status : {0, 200, 301, 399, 408, 429, 500, 503}) CHECK_FALSE(jobs::refuses_one(status));
  Fixture f;
  f.receivers.answer(kDown, 404);
  for (int i = 0; i < 20; ++i) f.tell(kDown);
  f.engine->start();
  f.receivers.wait_for(kDown, 20);
  f.settle();
  CHECK(f.engine->endpoints().empty());
}

TEST_CASE("a receiver that is held back ends that with a refusal", "[endpoint]") {
  Fixture f;
  f.bring_down();
  f.receivers.answer(kDown, 404);
  f.engine.clock.advance(*f.down().held_until - f.engine.clock.now());
  f.receivers.wait_for(kDown, 13);
  while (f.failures() > 0) f.settle();
  CHECK(f.engine->endpoints().empty());
}

TEST_CASE("a receiver that is held back stays so over a restart", "[endpoint]") {
  Fixture f;
  f.bring_down();
  const auto until = f.down().held_until;
  f.engine.reopen();
  f.engine->start();
  CHECK(f.down().held_until == until);
  f.settle();
  CHECK(f.receivers.count(kDown) == 12);
  // By hand it is taken for good at once.
  CHECK_FALSE(f.engine->enable_endpoint("well.example:443"));
  CHECK(f.engine->enable_endpoint(kDownHost));
  f.receivers.wait_for(kDown, 13);
}

TEST_CASE("a receiver that fails for five days is disabled, and the first success ends it", "[endpoint]") {
  Fixture f;
  f.bring_down(40);
  f.engine.clock.advance(5 * 24h - 1ms);
  f.receivers.wait_for(kDown, 13);
  while (f.failures() < 13) f.settle();
  CHECK_FALSE(f.down().disabled_at);
  f.engine.clock.advance(*f.down().held_until - f.engine.clock.now());
  f.receivers.wait_for(kDown, 14);
  while (f.failures() < 14) f.settle();
  CHECK(f.down().disabled_at == f.engine.clock.now());
  CHECK(*f.down().held_until > f.engine.clock.now() + 4h);
  while (!f.logged(kDownHost + " has taken no webhook for five days")) f.settle();
  const auto disabled_at = f.down().disabled_at;

  // A probe that fails changes nothing of that.
  f.engine.clock.advance(*f.down().held_until - f.engine.clock.now());
  f.receivers.wait_for(kDown, 15);
  while (f.failures() < 15) f.settle();
  CHECK(f.down().disabled_at == disabled_at);
  f.receivers.answer(kDown, 204);
  f.engine.clock.advance(*f.down().held_until - f.engine.clock.now());
  while (!f.engine->endpoints().empty()) f.settle();
}

TEST_CASE("what says nothing of a receiver does not count against it", "[endpoint]") {
  Fixture f;
  for (int i = 0; i < 12; ++i) f.tell(kDown, "secret");
  f.engine.options().secret_key.reset();  // so that no request can be signed
  f.engine.reopen();
  f.engine->start();
  f.settle();
  f.settle();
  CHECK(f.receivers.count(kDown) == 0);
  CHECK(f.engine->endpoints().empty());
  // 410 is the answer of a receiver that works.
  f.receivers.answer(kDown, 410);
  for (int i = 0; i < 12; ++i) f.tell(kDown);
  f.receivers.wait_for(kDown, 12);
  f.settle();
  f.settle();
  CHECK(f.engine->endpoints().empty());
}

TEST_CASE("all deliveries since a time are sent again, or those that match", "[endpoint]") {
  Fixture f;
  f.receivers.answer(kDown, 410);
  f.tell(kWell);
  f.tell(kDown);
  f.engine->start();
  f.receivers.wait_for(kWell, 1);
  f.receivers.wait_for(kDown, 1);
  f.engine.clock.advance(1h);
  const Time later = f.engine.clock.now();
  for (int i = 0; i < 300; ++i) f.tell(kWell);  // more than go into one write
  f.receivers.wait_for(kWell, 301);
  f.engine->stop();  // all that was answered is stored

  CHECK(f.engine->send_again_since(later + 1ms) == 0);
  CHECK(f.engine->send_again_since(later, {.state = DeliveryState::dead}) == 0);
  CHECK(f.engine->send_again_since(later - 1h, {.state = DeliveryState::dead}) == 1);
  CHECK(f.engine->send_again_since(later - 1h, {.host = "nobody.example:443"}) == 0);
  CHECK(f.engine->send_again_since(later - 1h, {.host = kDownHost}) == 1);
  CHECK(f.engine->send_again_since(later) == 300);
  f.engine.reopen();
  f.receivers.answer(kDown, 200);
  f.engine->start();
  f.receivers.wait_for(kWell, 601);
  f.receivers.wait_for(kDown, 2);
}

TEST_CASE("secrets move to a new key while the old one still opens them", "[endpoint]") {
  Fixture f;
  const JobId job = f.tell(kWell, "the secret");
  for (int i = 0; i < 250; ++i) f.tell(kWell, "the secret");  // more than one bite
  f.tell(kWell);                                               // and one without
  f.engine->schedule({.name = "s",
                      .expression = "@every 1h",
                      .job = {.kind = "k", .webhook = jobs::WebhookTarget{.url = kWell, .secret = "the secret"}}});
  const auto signed_well = [&](int nth) {
    const auto request = f.receivers.wait_for(kWell, nth).at(static_cast<std::size_t>(nth) - 1);
    for (const auto& [name, value] : request.headers) {
      if (name == "X-Omni-Signature") {
        const auto seconds = std::chrono::floor<std::chrono::seconds>(f.engine.clock.now()).time_since_epoch().count();
        return value == jobs::omni_signature("the secret", std::to_string(seconds), request.body);
      }
    }
    return false;
  };
  f.engine.options().secret_key = key_of(2);
  f.engine.options().old_secret_keys = {key_of(9), key_of(1)};
  f.engine.reopen();
  // The timers do it by themselves, and say when the old keys may go.
  while (!f.logged("252 secrets of webhooks were encrypted again")) f.engine->run_timers();
  CHECK(f.engine->rotate_secrets().rotated == 0);
  f.engine.options().old_secret_keys.clear();
  f.engine.reopen();
  CHECK(f.engine->rotate_secrets().unreadable == 0);
  f.engine->start();
  CHECK(signed_well(1));
  f.engine.close();

  // The key from before is of no use any more, and whoever tries it is told without being told the secret.
  f.engine.options().secret_key = key_of(1);
  f.engine.open();
  const auto done = f.engine->rotate_secrets();
  CHECK(done.rotated == 0);
  CHECK(done.unreadable == 252);
  CHECK(f.engine->send_again(job, f.engine->deliveries(job).at(0).id));
  f.engine->start();
  while (f.engine->deliveries(job).at(0).attempts.size() < 2) f.settle();
  const std::string error = f.engine->deliveries(job).at(0).attempts.back().error;
  CHECK(error.find("another secret key") != std::string::npos);
  CHECK(error.find("the secret") == std::string::npos);
  f.engine.options().old_secret_keys = {key_of(8)};
  f.engine.reopen();
  while (!f.logged("252 secrets of webhooks cannot be decrypted")) f.engine->run_timers();
  f.engine.options().secret_key.reset();
  f.engine.reopen();
  CHECK_THROWS_AS(f.engine->rotate_secrets(), std::invalid_argument);
}
