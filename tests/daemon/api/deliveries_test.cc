// What became of webhooks, and sending them again.
#include <catch2/catch.hpp>

#include "receiver.h"
#include "test_daemon.h"

using nlohmann::json;

namespace {

const std::string deliveries_path = "/api/v1/webhook-deliveries";

std::string resend_path(const json& delivery) {
  return deliveries_path + "/" + std::to_string(delivery.at("id").get<std::int64_t>()) + "/resend";
}

// A job that has ended, with its one delivery.
struct Told {
  std::string job = {};
  std::string ended_at = {};
};

Told tell(TestDaemon& daemon, const Client& client, const std::string& url) {
  json body = question();
  body["webhookUrl"] = url;
  const std::string job = daemon.submit(client, body);
  REQUIRE(daemon.claim().complete("done") == jobs::Finish::ok);
  return {.job = job, .ended_at = client.get(jobs_path + "/" + job).json().at("completedAt")};
}

json deliveries(const Client& client, const std::string& job) {
  const Reply reply = client.get(deliveries_path + "?jobId=" + job);
  INFO(reply.body);
  REQUIRE(reply.status == 200);
  return reply.json().at("data");
}

// The job's only delivery, once `attempts` of it are in its log.
json delivery_after(const Client& client, const std::string& job, std::size_t attempts) {
  while (true) {
    const json all = deliveries(client, job);
    REQUIRE(all.size() == 1);
    if (all[0].at("attempts").size() >= attempts) return all[0];
  }
}

}  // namespace

TEST_CASE("a job's deliveries are listed with their attempts, without the receiver's query", "[deliveries]") {
  Receiver receiver;
  receiver.answer_with(410);
  TestDaemon daemon;
  const Client client = daemon.client(daemon.person("Ada").token);
  const Told told = tell(daemon, client, receiver.url() + "?key=hidden");
  const json event = json::parse(receiver.wait().body);
  const json found = delivery_after(client, told.job, 1);
  INFO(found);
  CHECK(found.at("jobId") == told.job);
  CHECK(found.at("eventId") == event.at("event_id"));
  CHECK(found.at("url") == receiver.url());
  CHECK(found.at("state") == "DEAD");
  CHECK(found.at("nextAttemptAt").is_null());
  const json attempt = found.at("attempts").at(0);
  CHECK(attempt.at("status") == 410);
  CHECK(attempt.at("error").is_null());
  CHECK(attempt.at("at").get<std::string>() >= told.ended_at);
}

TEST_CASE("a delivery that waits says when it is tried next, and why there was no answer", "[deliveries]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  // A URL that is accepted, at a port where nobody listens.
  const Told told = tell(daemon, client, "http://127.0.0.1:1/hook");
  const json found = delivery_after(client, told.job, 1);
  INFO(found);
  CHECK(found.at("state") == "PENDING");
  CHECK(found.at("nextAttemptAt").get<std::string>() > told.ended_at);
  CHECK(found.at("attempts").at(0).at("status").is_null());
  CHECK_FALSE(found.at("attempts").at(0).at("error").get<std::string>().empty());
}

TEST_CASE("a job without a webhook, or that has not ended, has no deliveries", "[deliveries]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  json told = question();
  told["webhookUrl"] = "http://127.0.0.1:1/hook";
  CHECK(deliveries(client, daemon.submit(client, told)).empty());
  CHECK(deliveries(client, daemon.submit(client)).empty());
}

TEST_CASE("a delivery is sent again with the same event and body", "[deliveries]") {
  Receiver receiver;
  receiver.answer_with(410);
  TestDaemon daemon;
  const auto ada = daemon.person("Ada");
  const Client client = daemon.client(ada.token);
  const Told told = tell(daemon, client, receiver.url());
  const std::string first = receiver.wait().body;
  const json dead = delivery_after(client, told.job, 1);
  receiver.answer_with(204);
  const Reply reply = client.post(resend_path(dead), {});
  INFO(reply.body);
  CHECK(reply.status == 200);
  CHECK(reply.json().at("state") == "PENDING");
  CHECK(reply.json().at("id") == dead.at("id"));
  CHECK(receiver.wait().body == first);
  CHECK(delivery_after(client, told.job, 2).at("state") == "DELIVERED");

  // Delivered already: again all the same, by the organization's key as well.
  CHECK(daemon.organization().post(resend_path(dead) + "?userId=" + ada.id, {}).status == 200);
  CHECK(receiver.wait().body == first);
}

TEST_CASE("deliveries of others look like ones that do not exist, and stay as they are", "[deliveries][isolation]") {
  Receiver receiver;
  TestDaemon daemon;
  const auto ada = daemon.person("Ada");
  const Client client = daemon.client(ada.token);
  const Told told = tell(daemon, client, receiver.url());
  const json delivery = delivery_after(client, told.job, 1);
  receiver.wait();

  const auto bob = daemon.person("Bob");
  const std::string nobodys = deliveries_path + "/999999/resend";
  for (const Client& other : {daemon.client(daemon.outsider_key), daemon.client(bob.token)}) {
    const Reply theirs = other.get(deliveries_path + "?jobId=" + told.job);
    CHECK(theirs.status == 404);
    CHECK(theirs.body == other.get(deliveries_path + "?jobId=" + unknown_id).body);
    const Reply resent = other.post(resend_path(delivery), {});
    CHECK(resent.status == 404);
    CHECK(resent.body == other.post(nobodys, {}).body);
    CHECK(other.post(deliveries_path + "/resend", {{"since", "2000-01-01"}}).json().at("count") == 0);
  }
  // The organization's key acts as Bob, who may not see it either.
  CHECK(daemon.organization().get(deliveries_path + "?jobId=" + told.job + "&userId=" + bob.id).status == 404);
  CHECK(daemon.organization().post(resend_path(delivery) + "?userId=" + bob.id, {}).status == 404);
  CHECK(daemon.client(bob.token).post(deliveries_path + "/resend?userId=" + ada.id, {{"since", "2000-01-01"}}).status == 403);
  CHECK(deliveries(client, told.job).at(0).at("attempts").size() == 1);
  CHECK(deliveries(client, told.job).at(0).at("state") == "DELIVERED");
}

TEST_CASE("all deliveries since a time are sent again, to the millisecond", "[deliveries]") {
  Receiver receiver;
  TestDaemon daemon;
  const Client ada = daemon.client(daemon.person("Ada").token);
  const Client bob = daemon.client(daemon.person("Bob").token);
  const Told hers = tell(daemon, ada, receiver.url());
  const Told his = tell(daemon, bob, "http://127.0.0.1:1/hook");
  delivery_after(ada, hers.job, 1);
  delivery_after(bob, his.job, 1);
  const auto resend = [](const Client& client, json body) {
    const Reply reply = client.post(deliveries_path + "/resend", body);
    INFO(reply.body);
    REQUIRE(reply.status == 200);
    CHECK(reply.json().at("nextCursor").is_null());
    return reply.json().at("count").get<int>();
  };
  const std::string later = hers.ended_at.substr(0, 20) + "999Z";
  CHECK(resend(ada, {{"since", hers.ended_at}}) == 1);
  CHECK(resend(ada, {{"since", later}}) == (later == hers.ended_at ? 1 : 0));
  CHECK(resend(ada, {{"since", "2000-01-01T00:00:00Z"}, {"state", "DEAD"}}) == 0);
  CHECK(resend(bob, {{"since", his.ended_at}, {"state", "PENDING"}}) == 1);
  CHECK(resend(daemon.organization(), {{"since", hers.ended_at}}) == 2);
  delivery_after(ada, hers.job, 2);
}

TEST_CASE("sending all again looks at a bounded number, and goes on from there", "[deliveries]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  tell(daemon, client, "http://127.0.0.1:1/hook");
  // Newer ones that belong to nobody who could ask.
  for (int i = 0; i < 500; ++i) {
    daemon.engine().submit({.kind = "other", .webhook = jobs::WebhookTarget{.url = "http://127.0.0.1:1/other"}});
    REQUIRE(daemon.claim().complete("done") == jobs::Finish::ok);
  }
  const json first = client.post(deliveries_path + "/resend", {{"since", "2000-01-01"}}).json();
  CHECK(first.at("count") == 0);
  REQUIRE(first.at("nextCursor").is_string());
  const json second = client.post(deliveries_path + "/resend", {{"since", "2000-01-01"}, {"cursor", first.at("nextCursor")}}).json();
  CHECK(second.at("count") == 1);
  CHECK(second.at("nextCursor").is_null());
}

TEST_CASE("a delivery says that its receiver is held back or disabled", "[deliveries]") {
  TestDaemon daemon;
  const Client client = daemon.client(daemon.person("Ada").token);
  daemon.engine().transact([](jobs::Transaction& tx) {
    tx.execute("INSERT INTO endpoints (host, failing_since, failures, retry_at, disabled_at) "
               "VALUES ('127.0.0.1:1', 0, 500, 4102444800000, 1000)",
               {});
  });
  const Told told = tell(daemon, client, "http://127.0.0.1:1/hook");
  const json held = deliveries(client, told.job).at(0);
  CHECK(held.at("heldUntil") == "2100-01-01T00:00:00.000Z");
  CHECK(held.at("receiverDisabledAt") == "1970-01-01T00:00:01.000Z");
  CHECK(held.at("attempts").empty());
  REQUIRE(daemon.engine().enable_endpoint("127.0.0.1:1"));
  const json sent = delivery_after(client, told.job, 1);
  CHECK(sent.at("heldUntil").is_null());
  CHECK(sent.at("receiverDisabledAt").is_null());
}

TEST_CASE("what is asked wrongly about deliveries is 400 and named", "[deliveries][errors]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  CHECK(client.get(deliveries_path).detail() == "Bad Request: jobId: Required");
  CHECK(client.get(deliveries_path + "?jobId=7").detail() == "Bad Request: jobId: Invalid uuid");
  for (const std::string id : {"0", "-1", "x", "1x", "99999999999999999999"}) {
    INFO(id);
    CHECK(client.post(deliveries_path + "/" + id + "/resend", {}).detail() == "Bad Request: deliveryId: must be the id of a delivery");
  }
  CHECK(client.post(deliveries_path + "/resend", json::object()).detail() == "Bad Request: since: Required");
  CHECK(client.post(deliveries_path + "/resend", {{"since", "yesterday"}}).detail().rfind("Bad Request: since: must be a time", 0) == 0);
  CHECK(client.post(deliveries_path + "/resend", {{"since", "2025-01-01"}, {"state", "LOST"}}).detail() ==
        "Bad Request: state: must be one of PENDING, DELIVERED, DEAD");
  CHECK(client.post(deliveries_path + "/resend", {{"since", "2025-01-01"}, {"cursor", "x"}}).detail() ==
        "Bad Request: cursor: must be the nextCursor of an answer");
  CHECK(client.request("POST", deliveries_path + "/resend", "since=1").status == 415);
  CHECK(daemon.client("").get(deliveries_path + "?jobId=" + unknown_id).status == 401);
}
