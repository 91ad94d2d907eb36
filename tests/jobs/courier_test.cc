// The courier: what it sends, when it sends it again, and whom it never lets wait for another.
// Time is a ManualClock and the transport a script, so each moment of a three-day schedule is tested at once.
#include "run/courier.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <thread>

#include "core/receiver_host.h"
#include "jobs/signature.h"
#include "support/manual_clock.h"

namespace {

using namespace std::chrono_literals;
using jobs::DeliveryState;
using jobs::DueDelivery;
using jobs::JobId;
using jobs::Time;
using jobs::WebhookRequest;
using jobs::WebhookResponse;
using jobs::run::Courier;

JobId job_number(int number) {
  return JobId(jobs::Uuid::from_number(number, 0));
}

// The outbox as the store keeps it, in memory. Outlives couriers, as a file does.
class MemoryOutbox : public jobs::run::Outbox {
 public:
  struct Row {
    DueDelivery delivery;
    DeliveryState state = DeliveryState::pending;
    Time next_at = {};
    std::vector<jobs::DeliveryAttempt> log = {};
  };

  std::int64_t add(const std::string& url, Time at, std::string secret = "") {
    const auto id = static_cast<std::int64_t>(rows.size());
    rows.push_back({.delivery = {.id = id,
                                 .job = job_number(static_cast<int>(id) + 1),
                                 .event_id = "evt_" + std::to_string(id),
                                 .url = url,
                                 .host = jobs::receiver_host(url),
                                 .body = "{\"n\":" + std::to_string(id) + "}",
                                 .secret = std::move(secret)},
                    .next_at = at});
    return id;
  }

  jobs::DueDeliveries due(const jobs::DueQuery& query) override {
    ++looks;
    if (broken) throw std::runtime_error("disk full");
    jobs::DueDeliveries found;
    std::map<std::string, int> taken;
    for (const auto& [host, ids] : query.in_flight) taken[host] = static_cast<int>(ids.size());
    for (const Row& row : rows) {
      if (row.state != DeliveryState::pending) continue;
      if (row.next_at > query.now) {
        found.next_at = std::min(found.next_at.value_or(row.next_at), row.next_at);
        continue;
      }
      const auto& host = row.delivery.host;
      const auto flying = query.in_flight.find(host);
      if (flying != query.in_flight.end() && flying->second.contains(row.delivery.id)) continue;
      if (taken[host] >= query.per_host_max || static_cast<int>(found.deliveries.size()) >= query.limit) continue;
      ++taken[host];
      found.deliveries.push_back(row.delivery);
      found.deliveries.back().attempts = static_cast<int>(row.log.size());
    }
    return found;
  }

  std::vector<std::string> record(std::span<const jobs::AttemptRecord> attempts) override {
    if (broken) throw std::runtime_error("disk full");
    ++writes;
    for (const auto& one : attempts) {
      Row& row = rows.at(static_cast<std::size_t>(one.delivery));
      row.log.push_back(one.attempt);
      sent.push_back(one.sent);
      row.state = one.state;
      row.next_at = one.next_at;
    }
    return std::exchange(disabling, {});
  }

  std::optional<jobs::ProgressTarget> progress_target(const JobId& job) override {
    if (broken) throw std::runtime_error("disk full");
    const auto found = running.find(job);
    return found == running.end() ? std::nullopt : std::optional(found->second);
  }

  std::uint64_t random() override { return 0; }

  std::vector<Row> rows;
  std::map<JobId, jobs::ProgressTarget> running;
  // Of each attempt: whether it reached its receiver.
  std::vector<bool> sent;
  // Hosts that the next record() disables.
  std::vector<std::string> disabling;
  bool broken = false;
  int writes = 0;
  int looks = 0;
};

// Keeps requests until the test answers them.
class ScriptedTransport : public jobs::Transport {
 public:
  struct Sent {
    WebhookRequest request;
    std::function<void(WebhookResponse)> done;
  };
  void send(WebhookRequest request, std::function<void(WebhookResponse)> done) override {
    if (at_once) return done(*at_once);
    sent.push_back({std::move(request), std::move(done)});
  }
  void answer(std::size_t index, WebhookResponse response) {
    const auto done = std::exchange(sent.at(index).done, nullptr);
    REQUIRE(done);
    done(std::move(response));
  }
  void answer_all(const WebhookResponse& response) {
    for (std::size_t i = 0; i < sent.size(); ++i) {
      if (sent[i].done) answer(i, response);
    }
  }
  int open(const std::string& url) const {
    return static_cast<int>(
        std::count_if(sent.begin(), sent.end(), [&](const Sent& one) { return one.done && one.request.url == url; }));
  }

  std::deque<Sent> sent;
  std::optional<WebhookResponse> at_once;
};

struct Fixture {
  ManualClock clock;
  MemoryOutbox outbox;
  ScriptedTransport transport;
  std::vector<std::string> log;
  std::optional<Courier> courier;

  Fixture() { restart(); }
  void restart() {
    courier.reset();
    courier.emplace(outbox, transport, clock,
                    jobs::run::CourierOptions{.sign = &jobs::signature_headers,
                                              .log = [this](std::string_view line) { log.emplace_back(line); }});
  }
  MemoryOutbox::Row& row(std::int64_t id) { return outbox.rows.at(static_cast<std::size_t>(id)); }
};

const std::string kUrl = "https://a.example/hook";
const std::string kOther = "https://b.example/hook";

std::string header(const WebhookRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return "";
}

}  // namespace

TEST_CASE("a due delivery is sent as it is stored, and its answer is logged", "[courier]") {
  Fixture f;
  const auto id = f.outbox.add(kUrl, f.clock.now());
  CHECK(f.courier->run_once() == std::nullopt);
  REQUIRE(f.transport.sent.size() == 1);
  const WebhookRequest& request = f.transport.sent[0].request;
  CHECK(request.url == kUrl);
  CHECK(request.body == "{\"n\":0}");
  CHECK(request.headers == std::vector<std::pair<std::string, std::string>>{{"Content-Type", "application/json"}});

  const Time sent_at = f.clock.now();
  f.clock.advance(250ms);
  f.transport.answer(0, {.status = 200, .body = "thanks"});
  CHECK(f.courier->run_once() == std::nullopt);
  CHECK(f.row(id).state == DeliveryState::delivered);
  REQUIRE(f.row(id).log.size() == 1);
  CHECK(f.row(id).log[0].at == sent_at);
  CHECK(f.row(id).log[0].took == 250ms);
  CHECK(f.row(id).log[0].status == 200);
  CHECK(f.row(id).log[0].body == "thanks");
  CHECK(f.transport.sent.size() == 1);
}

TEST_CASE("a delivery is not sent before it is due", "[courier]") {
  Fixture f;
  const Time due = f.clock.now() + 10s;
  f.outbox.add(kUrl, due);
  CHECK(f.courier->run_once() == due);
  f.clock.advance(9'999ms);
  CHECK(f.courier->run_once() == due);
  CHECK(f.transport.sent.empty());
  f.clock.advance(1ms);
  f.courier->run_once();
  CHECK(f.transport.sent.size() == 1);
}

TEST_CASE("a delivery on its way is not sent a second time", "[courier]") {
  Fixture f;
  f.outbox.add(kUrl, f.clock.now());
  for (int i = 0; i < 3; ++i) f.courier->run_once();
  f.clock.advance(1h);
  f.courier->run_once();
  CHECK(f.transport.sent.size() == 1);
}

TEST_CASE("each attempt is signed for its own moment", "[courier]") {
  Fixture f;
  f.outbox.add(kUrl, f.clock.now(), "the secret");
  f.courier->run_once();
  f.transport.answer(0, {.status = 500});
  f.courier->run_once();
  f.clock.advance(5s);
  f.courier->run_once();
  REQUIRE(f.transport.sent.size() == 2);
  const std::vector<std::string> secrets = {"the secret"};
  for (const auto& sent : f.transport.sent) {
    const WebhookRequest& request = sent.request;
    CHECK(header(request, "webhook-id") == "evt_0");
    CHECK(jobs::verify_signature({.timestamp = header(request, "X-Omni-Signature-Timestamp"),
                            .signature = header(request, "X-Omni-Signature"),
                            .body = request.body},
                           secrets, f.clock.now()) == jobs::Verdict::ok);
    CHECK(jobs::verify_signature({.id = header(request, "webhook-id"),
                            .timestamp = header(request, "webhook-timestamp"),
                            .signature = header(request, "webhook-signature"),
                            .body = request.body},
                           secrets, f.clock.now()) == jobs::Verdict::ok);
  }
  CHECK(header(f.transport.sent[0].request, "webhook-timestamp") !=
        header(f.transport.sent[1].request, "webhook-timestamp"));
}

TEST_CASE("a delivery that always fails is tried ten times on its schedule and is then dead", "[courier]") {
  Fixture f;
  const auto id = f.outbox.add(kUrl, f.clock.now());
  // random() is zero: every wait is a fifth shorter.
  const std::vector<std::chrono::milliseconds> waits = {4s, 4min, 24min, 96min, 4h, 8h, 672min, 16h, 1152min};
  for (std::size_t i = 0; i < 10; ++i) {
    f.courier->run_once();
    REQUIRE(f.transport.sent.size() == i + 1);
    f.transport.answer(i, {.error = "The host refused the connection or cannot be reached."});
    const auto next = f.courier->run_once();
    if (i == 9) break;
    REQUIRE(next == f.clock.now() + waits[i]);
    f.clock.advance(waits[i] - 1ms);
    f.courier->run_once();
    CHECK(f.transport.sent.size() == i + 1);
    f.clock.advance(1ms);
  }
  CHECK(f.row(id).state == DeliveryState::dead);
  CHECK(f.row(id).log.size() == 10);
  CHECK(f.row(id).log[9].error == "The host refused the connection or cannot be reached.");
  f.clock.advance(1000h);
  CHECK(f.courier->run_once() == std::nullopt);
  CHECK(f.transport.sent.size() == 10);
}

TEST_CASE("410 is the end at once", "[courier]") {
  Fixture f;
  const auto id = f.outbox.add(kUrl, f.clock.now());
  f.courier->run_once();
  f.transport.answer(0, {.status = 410});
  CHECK(f.courier->run_once() == std::nullopt);
  CHECK(f.row(id).state == DeliveryState::dead);
}

TEST_CASE("a receiver that asks for patience gets it", "[courier]") {
  Fixture f;
  f.outbox.add(kUrl, f.clock.now());
  f.courier->run_once();
  f.transport.answer(0, {.status = 503, .retry_after = 9s});
  CHECK(f.courier->run_once() == f.clock.now() + 9s);
}

TEST_CASE("a restart goes on with the schedule where it was", "[courier]") {
  Fixture f;
  const auto id = f.outbox.add(kUrl, f.clock.now());
  f.courier->run_once();
  f.transport.answer(0, {.status = 500});
  f.courier->run_once();
  f.restart();
  CHECK(f.courier->run_once() == f.clock.now() + 4s);
  CHECK(f.transport.sent.size() == 1);
  f.clock.advance(4s);
  f.courier->run_once();
  f.transport.answer(1, {.status = 500});
  // The second wait, not the first again.
  CHECK(f.courier->run_once() == f.clock.now() + 4min);
  CHECK(f.row(id).log.size() == 2);
}

TEST_CASE("an attempt whose answer a restart lost is made again", "[courier]") {
  Fixture f;
  const auto id = f.outbox.add(kUrl, f.clock.now());
  f.courier->run_once();
  f.restart();
  f.courier->run_once();
  REQUIRE(f.transport.sent.size() == 2);
  CHECK(f.transport.sent[0].request.body == f.transport.sent[1].request.body);
  // The late answer to the first reaches nobody; the second counts.
  f.transport.answer(0, {.status = 410});
  f.courier->run_once();
  CHECK(f.row(id).log.empty());
  f.transport.answer(1, {.status = 200});
  f.courier->run_once();
  CHECK(f.row(id).state == DeliveryState::delivered);
  CHECK(f.row(id).log.size() == 1);
}

TEST_CASE("stopping records what has arrived and sends no more", "[courier]") {
  Fixture f;
  const auto first = f.outbox.add(kUrl, f.clock.now());
  f.courier->run_once();
  f.outbox.add(kUrl, f.clock.now());
  f.transport.answer(0, {.status = 200});
  f.courier->stop();
  f.courier->stop();
  CHECK(f.row(first).state == DeliveryState::delivered);
  CHECK(f.courier->run_once() == std::nullopt);
  CHECK(f.transport.sent.size() == 1);
}

TEST_CASE("at most four are on their way to one host, and other hosts go ahead", "[courier]") {
  Fixture f;
  for (int i = 0; i < 10; ++i) f.outbox.add(kUrl, f.clock.now());
  f.outbox.add(kOther, f.clock.now());
  f.courier->run_once();
  CHECK(f.transport.open(kUrl) == 4);
  CHECK(f.transport.open(kOther) == 1);

  f.outbox.add(kOther, f.clock.now());
  f.courier->run_once();
  CHECK(f.transport.open(kUrl) == 4);
  CHECK(f.transport.open(kOther) == 2);

  f.transport.answer(0, {.status = 200});
  f.courier->run_once();
  CHECK(f.transport.open(kUrl) == 4);
  CHECK(f.transport.sent.size() == 7);
}

TEST_CASE("another path on the same host shares its places, another port does not", "[courier]") {
  Fixture f;
  for (int i = 0; i < 3; ++i) f.outbox.add("https://a.example/one", f.clock.now());
  for (int i = 0; i < 3; ++i) f.outbox.add("https://A.example:443/two", f.clock.now());
  for (int i = 0; i < 3; ++i) f.outbox.add("https://a.example:8443/three", f.clock.now());
  f.courier->run_once();
  CHECK(f.transport.sent.size() == 7);
}

TEST_CASE("at most so many are on their way in all", "[courier]") {
  Fixture f;
  for (int i = 0; i < 100; ++i) f.outbox.add("https://" + std::to_string(i) + ".example", f.clock.now());
  f.courier->run_once();
  CHECK(f.transport.sent.size() == 64);
  const int looks = f.outbox.looks;
  f.courier->run_once();
  CHECK(f.outbox.looks == looks);
  f.transport.answer_all({.status = 200});
  f.courier->run_once();
  CHECK(f.transport.sent.size() == 100);
}

TEST_CASE("answers that arrive together are stored in one write", "[courier]") {
  Fixture f;
  for (int i = 0; i < 20; ++i) f.outbox.add("https://" + std::to_string(i) + ".example", f.clock.now());
  f.courier->run_once();
  f.transport.answer_all({.status = 200});
  f.courier->run_once();
  CHECK(f.outbox.writes == 1);
}

TEST_CASE("a transport that answers before send returns is no trouble", "[courier]") {
  Fixture f;
  f.transport.at_once = WebhookResponse{.status = 200};
  const auto id = f.outbox.add(kUrl, f.clock.now());
  // It asks to be called again at once.
  CHECK(f.courier->run_once() == f.clock.now());
  CHECK(f.courier->run_once() == std::nullopt);
  CHECK(f.row(id).state == DeliveryState::delivered);
}

TEST_CASE("an answer is kept until the store can take it, and nothing is sent meanwhile", "[courier]") {
  Fixture f;
  const auto id = f.outbox.add(kUrl, f.clock.now());
  f.courier->run_once();
  f.outbox.add(kOther, f.clock.now());
  f.transport.answer(0, {.status = 200});
  f.outbox.broken = true;
  CHECK(f.courier->run_once() == f.clock.now() + 5s);
  CHECK(f.transport.sent.size() == 1);
  REQUIRE(f.log.size() == 1);
  CHECK(f.log[0] == "the outbox cannot be read or written: disk full");

  f.outbox.broken = false;
  f.courier->run_once();
  CHECK(f.row(id).state == DeliveryState::delivered);
  CHECK(f.row(id).log.size() == 1);
  CHECK(f.transport.open(kUrl) == 0);
  CHECK(f.transport.open(kOther) == 1);
}

TEST_CASE("a secret that cannot be used fails the attempt visibly and sends nothing unsigned", "[courier]") {
  Fixture f;
  const auto locked = f.outbox.add(kUrl, f.clock.now());
  f.row(locked).delivery.secret_error = "The secret cannot be decrypted.";
  const auto malformed = f.outbox.add(kUrl, f.clock.now(), "whsec_!");
  f.courier->run_once();
  f.courier->run_once();
  CHECK(f.transport.sent.empty());
  // Another key may come with the next start; a malformed secret stays one.
  CHECK(f.row(locked).state == DeliveryState::pending);
  CHECK(f.row(locked).log.at(0).error == "The secret cannot be decrypted.");
  CHECK(f.row(malformed).state == DeliveryState::dead);
  CHECK_THAT(f.row(malformed).log.at(0).error, Catch::Contains("whsec_") && !Catch::Contains("whsec_!"));
}

TEST_CASE("what is logged of an answer is bounded and is text", "[courier]") {
  Fixture f;
  const auto id = f.outbox.add(kUrl, f.clock.now());
  f.courier->run_once();
  f.transport.answer(0, {.status = 500, .error = std::string(5000, 'e'), .body = "\xff" + std::string(5000, 'b')});
  f.courier->run_once();
  CHECK(f.row(id).log.at(0).error == std::string(1024, 'e'));
  CHECK(f.row(id).log.at(0).body == "\xef\xbf\xbd" + std::string(1023, 'b'));
}

// ---- Progress ----

TEST_CASE("progress is told once, signed, and without a log", "[courier][progress]") {
  Fixture f;
  const JobId job = job_number(1);
  f.outbox.running[job] = {.url = kUrl, .secret = "the secret", .metadata = "{\"a\":1}"};
  f.courier->progress(job, {.iteration = 2, .message = "half way", .at = f.clock.now()});
  f.courier->run_once();
  REQUIRE(f.transport.sent.size() == 1);
  const WebhookRequest& request = f.transport.sent[0].request;
  const auto body = nlohmann::json::parse(request.body);
  CHECK(body.at("status") == "RUNNING");
  CHECK(body.at("progress") == nlohmann::json({{"iteration", 2}, {"message", "half way"}}));
  CHECK(body.at("metadata") == nlohmann::json({{"a", 1}}));
  CHECK(header(request, "webhook-id") == body.at("event_id").get<std::string>());
  CHECK_FALSE(header(request, "X-Omni-Signature").empty());

  f.transport.answer(0, {.status = 500});
  CHECK(f.courier->run_once() == std::nullopt);
  f.clock.advance(1h);
  f.courier->run_once();
  CHECK(f.transport.sent.size() == 1);
  CHECK(f.outbox.writes == 0);
}

TEST_CASE("only the newest waiting report of a job is told, and none with an event id already used",
          "[courier][progress]") {
  Fixture f;
  const JobId job = job_number(1);
  f.outbox.running[job] = {.url = kUrl};
  const auto report = [&](int iteration) { f.courier->progress(job, {.iteration = iteration, .at = f.clock.now()}); };
  report(1);
  report(2);
  f.courier->run_once();
  REQUIRE(f.transport.sent.size() == 1);
  CHECK(nlohmann::json::parse(f.transport.sent[0].request.body).at("progress").at("iteration") == 2);
  f.transport.answer(0, {.status = 200});

  f.clock.advance(999ms);
  report(3);
  f.courier->run_once();
  CHECK(f.transport.sent.size() == 1);

  f.clock.advance(1ms);
  report(4);
  f.courier->run_once();
  REQUIRE(f.transport.sent.size() == 2);
  CHECK(nlohmann::json::parse(f.transport.sent[1].request.body).at("progress").at("iteration") == 4);
}

TEST_CASE("progress is dropped while the receiver is slow", "[courier][progress]") {
  Fixture f;
  const JobId job = job_number(1);
  f.outbox.running[job] = {.url = kUrl};
  for (int i = 0; i < 5; ++i) {
    f.courier->progress(job, {.iteration = i, .at = f.clock.now()});
    f.courier->run_once();
    f.clock.advance(1s);
  }
  CHECK(f.transport.sent.size() == 1);
  f.transport.answer(0, {.status = 200});
  f.courier->run_once();
  CHECK(f.transport.sent.size() == 1);
}

TEST_CASE("progress leaves places for deliveries, and counts against them", "[courier][progress]") {
  Fixture f;
  for (int i = 1; i <= 5; ++i) {
    f.outbox.running[job_number(i)] = {.url = kUrl};
    f.courier->progress(job_number(i), {.iteration = i, .at = f.clock.now()});
  }
  f.courier->run_once();
  CHECK(f.transport.open(kUrl) == 2);
  for (int i = 0; i < 5; ++i) f.outbox.add(kUrl, f.clock.now());
  f.courier->run_once();
  CHECK(f.transport.open(kUrl) == 4);
  f.transport.answer_all({.status = 200});
  f.courier->run_once();
  CHECK(f.transport.open(kUrl) == 3);
}

TEST_CASE("progress of a job that has ended is not told", "[courier][progress]") {
  Fixture f;
  f.courier->progress(job_number(1), {.iteration = 1, .at = f.clock.now()});
  f.courier->run_once();
  CHECK(f.transport.sent.empty());
}

TEST_CASE("progress of more jobs than there is room for is dropped", "[courier][progress]") {
  Fixture f;
  for (int i = 1; i <= 300; ++i) {
    f.outbox.running[job_number(i)] = {.url = "https://" + std::to_string(i) + ".example"};
    f.courier->progress(job_number(i), {.iteration = i, .at = f.clock.now()});
  }
  f.courier->run_once();
  CHECK(f.transport.sent.size() == 64);
  f.transport.answer_all({.status = 200});
  f.courier->run_once();
  CHECK(f.transport.sent.size() == 64);
}

// ---- The thread ----

TEST_CASE("a started courier delivers what it is woken for, and stops", "[courier]") {
  Fixture f;
  std::mutex mutex;
  std::condition_variable changed;
  int delivered = 0;
  struct CountingTransport : jobs::Transport {
    std::function<void()> count;
    void send(WebhookRequest, std::function<void(WebhookResponse)> done) override {
      count();
      done({.status = 200});
    }
  } transport;
  transport.count = [&] {
    const std::lock_guard lock(mutex);
    ++delivered;
    changed.notify_all();
  };
  f.outbox.add(kUrl, f.clock.now());
  f.outbox.add(kUrl, f.clock.now() + 10s);
  Courier courier(f.outbox, transport, f.clock);
  courier.start();
  std::unique_lock lock(mutex);
  REQUIRE(changed.wait_for(lock, 10s, [&] { return delivered == 1; }));
  lock.unlock();
  f.clock.advance(10s);
  lock.lock();
  REQUIRE(changed.wait_for(lock, 10s, [&] { return delivered == 2; }));
  lock.unlock();
  courier.stop();
  CHECK(f.row(0).state == DeliveryState::delivered);
  CHECK(f.row(1).state == DeliveryState::delivered);
}

TEST_CASE("a receiver that is disabled is logged, and what never left does not count against it", "[courier]") {
  Fixture f;
  f.outbox.add(kUrl, f.clock.now());
  f.courier->run_once();
  f.transport.answer(0, {.status = 500});
  f.outbox.disabling = {"a.example:443"};
  f.courier->run_once();
  REQUIRE(f.log.size() == 1);
  CHECK(f.log[0].starts_with("a.example:443 has taken no webhook for five days"));
  CHECK(f.outbox.sent == std::vector{true});
  f.outbox.add(kUrl, f.clock.now(), "whsec_!");  // not base64: it cannot be signed
  f.courier->run_once();
  f.courier->run_once();
  CHECK(f.outbox.sent == std::vector{true, false});
  CHECK(f.log.size() == 1);
}
