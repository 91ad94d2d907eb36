// Submitting: what comes back, one active job a conversation, and requests that are sent twice.
#include <catch2/catch.hpp>
#include <set>
#include <thread>

#include "test_daemon.h"

using nlohmann::json;

namespace {

json continued(const std::string& conversation) {
  json body = question();
  body["conversationId"] = conversation;
  return body;
}

std::size_t jobs_there(const Client& client) { return client.get(jobs_path).json().at("data").size(); }

}  // namespace

TEST_CASE("a submission is answered with the job's id, its conversation and their addresses", "[submit]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const Reply reply = client.post(jobs_path, question());
  REQUIRE(reply.status == 201);
  const json body = reply.json();
  const std::string job = body.at("jobId");
  const std::string conversation = body.at("conversationId");
  CHECK(jobs::Uuid::parse(job));
  CHECK(reply.header("Location") == jobs_path + "/" + job);
  CHECK(body.at("omniChatUrl") == daemon.address() + "/chat/" + conversation);
  CHECK_FALSE(reply.header("Idempotent-Replayed"));
  CHECK(client.get(*reply.header("Location")).status == 200);
}

TEST_CASE("unknown fields are ignored", "[submit]") {
  TestDaemon daemon;
  json body = question();
  body["somethingNew"] = {1, 2, 3};
  CHECK(daemon.organization().post(jobs_path, body).status == 201);
}

TEST_CASE("a conversation has one active job, and takes the next when it has ended", "[submit]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const json first = client.post(jobs_path, question()).json();
  const std::string conversation = first.at("conversationId");

  const Reply refused = client.post(jobs_path, continued(conversation));
  CHECK(refused.status == 409);
  CHECK(refused.detail() == "An active job already exists for this conversation");
  CHECK(jobs_there(client) == 1);

  CHECK(daemon.claim().complete("done") == jobs::Finish::ok);
  const Reply next = client.post(jobs_path, continued(conversation));
  REQUIRE(next.status == 201);
  CHECK(next.json().at("conversationId") == conversation);
  CHECK(next.json().at("jobId") != first.at("jobId"));
}

TEST_CASE("a personal token cannot continue another user's conversation", "[submit]") {
  TestDaemon daemon;
  const auto ada = daemon.person("Ada");
  const auto bob = daemon.person("Bob");
  const json first = daemon.client(ada.token).post(jobs_path, question()).json();
  CHECK(daemon.claim().complete("done") == jobs::Finish::ok);
  const json body = continued(first.at("conversationId"));
  CHECK(daemon.client(bob.token).post(jobs_path, body).status == 404);
  CHECK(daemon.organization().post(jobs_path + "?userId=" + bob.id, body).status == 404);
  CHECK(daemon.client(daemon.outsider_key).post(jobs_path, body).status == 404);
  CHECK(daemon.client(ada.token).post(jobs_path, body).status == 201);
}

TEST_CASE("an organization key that continues a conversation acts as its user", "[submit]") {
  TestDaemon daemon;
  const auto ada = daemon.person("Ada");
  const json first = daemon.client(ada.token).post(jobs_path, question()).json();
  CHECK(daemon.claim().complete("done") == jobs::Finish::ok);
  const std::string job = daemon.submit(daemon.organization(), continued(first.at("conversationId")));
  CHECK(daemon.client(ada.token).get(jobs_path + "/" + job).json().at("userId") == ada.id);
}

TEST_CASE("the same key and body get the first answer again", "[idempotency]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const Fields key = {{"Idempotency-Key", "order-7"}};
  const Reply first = client.post(jobs_path, question(), key);
  const Reply again = client.post(jobs_path, question(), key);
  REQUIRE(first.status == 201);
  REQUIRE(again.status == 201);
  CHECK(again.body == first.body);
  CHECK(again.header("Location") == first.header("Location"));
  CHECK(again.header("Idempotent-Replayed") == "true");
  CHECK_FALSE(first.header("Idempotent-Replayed"));
  CHECK(jobs_there(client) == 1);
}

TEST_CASE("the same key with another body or another user is 422", "[idempotency]") {
  TestDaemon daemon;
  const auto ada = daemon.person("Ada");
  const Client client = daemon.organization();
  const Fields key = {{"Idempotency-Key", "order-7"}};
  CHECK(client.post(jobs_path, question("one"), key).status == 201);
  CHECK(client.post(jobs_path, question("two"), key).status == 422);
  CHECK(client.post(jobs_path + "?userId=" + ada.id, question("one"), key).status == 422);
  CHECK(jobs_there(client) == 1);
}

TEST_CASE("a key belongs to one token", "[idempotency]") {
  TestDaemon daemon;
  const auto ada = daemon.person("Ada");
  const Fields key = {{"Idempotency-Key", "order-7"}};
  const Reply one = daemon.organization().post(jobs_path, question(), key);
  const Reply other = daemon.client(ada.token).post(jobs_path, question(), key);
  CHECK(other.status == 201);
  CHECK(one.json().at("jobId") != other.json().at("jobId"));
}

TEST_CASE("a refused request leaves its key unused", "[idempotency]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const json first = client.post(jobs_path, question()).json();
  const Fields key = {{"Idempotency-Key", "order-7"}};
  const json body = continued(first.at("conversationId"));
  CHECK(client.post(jobs_path, body, key).status == 409);
  CHECK(daemon.claim().complete("done") == jobs::Finish::ok);
  const Reply second = client.post(jobs_path, body, key);
  CHECK(second.status == 201);
  CHECK_FALSE(second.header("Idempotent-Replayed"));
}

TEST_CASE("a repeated request gets its first answer even while that job is active", "[idempotency]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const json first = client.post(jobs_path, question()).json();
  CHECK(daemon.claim().complete("done") == jobs::Finish::ok);
  const Fields key = {{"Idempotency-Key", "order-8"}};
  const json body = continued(first.at("conversationId"));
  const Reply second = client.post(jobs_path, body, key);
  const Reply again = client.post(jobs_path, body, key);
  REQUIRE(second.status == 201);
  CHECK(again.status == 201);
  CHECK(again.body == second.body);
}

TEST_CASE("requests with one key at the same instant create one job", "[idempotency]") {
  TestDaemon daemon;
  constexpr int clients = 16;
  std::vector<Reply> replies(clients);
  std::vector<std::thread> threads;
  for (int i = 0; i < clients; ++i) {
    threads.emplace_back([&, i] {
      replies[static_cast<std::size_t>(i)] =
          daemon.organization().post(jobs_path, question(), {{"Idempotency-Key", "one"}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> jobs;
  int replayed = 0;
  for (const Reply& reply : replies) {
    REQUIRE(reply.status == 201);
    jobs.insert(reply.json().at("jobId").get<std::string>());
    if (reply.header("Idempotent-Replayed")) ++replayed;
  }
  CHECK(jobs.size() == 1);
  CHECK(replayed == clients - 1);
  CHECK(jobs_there(daemon.organization()) == 1);
}

TEST_CASE("an idempotency key has 1 to 255 printable characters", "[idempotency]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  CHECK(client.post(jobs_path, question(), {{"Idempotency-Key", std::string(255, 'k')}}).status == 201);
  CHECK(client.post(jobs_path, question(), {{"Idempotency-Key", std::string(256, 'k')}}).status == 400);
  CHECK(client.post(jobs_path, question(), {{"Idempotency-Key", ""}}).status == 400);
  CHECK(client.post(jobs_path, question(), {{"Idempotency-Key", "\xc3\xa9"}}).status == 400);
}

TEST_CASE("keys outlive a restart", "[idempotency]") {
  TestDaemon daemon;
  const Fields key = {{"Idempotency-Key", "order-7"}};
  const Reply first = daemon.organization().post(jobs_path, question(), key);
  daemon.stop();
  daemon.start();
  const Reply again = daemon.organization().post(jobs_path, question(), key);
  CHECK(again.json().at("jobId") == first.json().at("jobId"));
  CHECK(again.header("Idempotent-Replayed") == "true");
}
