// From a prompt to a signed answer, over the demo shop. That the numbers are right is held by the analyst's own tests; here
// it is what a client gets.
#include <catch2/catch.hpp>
#include <future>

#include "jobs/signature.h"
#include "receiver.h"
#include "test_daemon.h"

using nlohmann::json;

namespace {

const std::map<std::string, std::vector<std::string>> sees_all = {{"region", {"all"}}};

// The query that the answer is about comes after those that only help to tell of it.
json main_result(const json& document) {
  json found;
  for (const json& action : document.at("actions")) {
    if (action.contains("result")) found = action.at("result");
  }
  return found;
}

Setup shop() { return {.workers = 2, .shop = true}; }

}  // namespace

TEST_CASE("a prompt becomes an answer with its table, its query and its message", "[answers]") {
  TestDaemon daemon(shop());
  const Client client = daemon.client(daemon.person("Ada", sees_all).token);
  const std::string job = daemon.submit(client, question("What are the top 5 products by revenue?"));
  const json found = daemon.ended(client, job);
  INFO(found);
  REQUIRE(found.at("state") == "COMPLETE");
  CHECK_FALSE(found.at("resultSummary").get<std::string>().empty());

  const Reply reply = client.get(jobs_path + "/" + job + "/result");
  REQUIRE(reply.status == 200);
  const json document = reply.json();
  CHECK(document.at("resultSummary") == found.at("resultSummary"));
  CHECK(document.at("omniChatUrl") == found.at("omniChatUrl"));
  CHECK_FALSE(document.at("message").get<std::string>().empty());
  CHECK(document.at("actions").at(0).at("type") == "generate_query");
  const json result = main_result(document);
  CHECK(result.at("status") == "success");
  CHECK(result.at("hasResults") == true);
  CHECK(result.at("totalRowCount") == 5);
  CHECK(result.at("csvResultWasTruncated") == false);
  CHECK(result.at("query").at("limit") == 5);
  CHECK_FALSE(result.contains("sql"));

  const json typed =
      client.get(jobs_path + "/" + job + "/result", {{"Accept", "application/json; profile=typed"}}).json();
  const json table = main_result(typed);
  CHECK(table.at("rows").size() == 5);
  CHECK(table.at("columns").size() == table.at("rows").at(0).size());
  CHECK(table.at("sql").get<std::string>().rfind("SELECT", 0) == 0);
}

TEST_CASE("a follow-up starts from the question before it", "[answers]") {
  TestDaemon daemon(shop());
  const Client client = daemon.client(daemon.person("Ada", sees_all).token);
  const json first = client.post(jobs_path, question("revenue from shoes in Germany by month this year")).json();
  REQUIRE(daemon.ended(client, first.at("jobId")).at("state") == "COMPLETE");
  json body = question("and by region?");
  body["conversationId"] = first.at("conversationId");
  const std::string job = daemon.submit(client, body);
  REQUIRE(daemon.ended(client, job).at("state") == "COMPLETE");
  const json query = main_result(client.get(jobs_path + "/" + job + "/result").json()).at("query");
  INFO(query);
  CHECK(query.dump().find("regions.name") != std::string::npos);
  CHECK(query.at("filters").dump().find("Germany") != std::string::npos);
  CHECK(query.at("filters").dump().find("Shoes") != std::string::npos);

  const json conversation =
      client.get("/api/v1/ai/conversations/" + first.at("conversationId").get<std::string>()).json();
  REQUIRE(conversation.at("messages").size() == 4);
  CHECK(conversation.at("messages")[2].at("content") == "and by region?");
  CHECK(conversation.at("messages")[3].at("role") == "assistant");
}

TEST_CASE("a question that cannot be read is answered by what was not understood", "[answers]") {
  TestDaemon daemon(shop());
  const Client client = daemon.client(daemon.person("Ada", sees_all).token);
  const std::string job = daemon.submit(client, question("What is the weather in Paris?"));
  REQUIRE(daemon.ended(client, job).at("state") == "COMPLETE");
  const json document = client.get(jobs_path + "/" + job + "/result").json();
  CHECK(document.at("actions").at(0).at("type") == "clarify");
  CHECK(document.at("message").get<std::string>().find("weather") != std::string::npos);
}

TEST_CASE("a user without the attribute of an access filter is refused, not shown nothing", "[answers]") {
  TestDaemon daemon(shop());
  const Client client = daemon.client(daemon.person("Bob").token);
  const std::string job = daemon.submit(client, question("What are the top 5 products by revenue?"));
  const json found = daemon.ended(client, job);
  INFO(found);
  CHECK(found.at("state") == "FAILED");
  CHECK(found.at("error").at("code") == "not_allowed");
  CHECK(client.get(jobs_path + "/" + job + "/result").status == 404);
}

TEST_CASE("a topic may be named, on a branch as well", "[answers]") {
  TestDaemon daemon(shop());
  const Client client = daemon.client(daemon.person("Ada", sees_all).token);
  json body = question("total revenue");
  body["topicName"] = "sales";
  body["branchId"] = branch_id;
  const std::string job = daemon.submit(client, body);
  const json found = daemon.ended(client, job);
  INFO(found);
  CHECK(found.at("state") == "COMPLETE");
  CHECK(found.at("topicName") == "sales");
  CHECK(found.at("branchId") == branch_id);
}

TEST_CASE("the end of a job is sent to its webhook, signed both ways", "[answers]") {
  Receiver receiver;
  TestDaemon daemon(shop());
  const Client client = daemon.client(daemon.person("Ada", sees_all).token);
  const std::string secret = "my-signing-secret";
  const std::string parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const std::string metadata = R"({"channel":"C1","n":1.50,"big":123456789012345678901234567890})";
  const std::string body = R"({"modelId":")" + model_id + R"(","prompt":"total revenue by region","webhookUrl":")" +
                           receiver.url() + R"(","webhookSigningSecret":")" + secret + R"(","webhookMetadata":)" +
                           metadata + "}";
  const Reply reply = client.request("POST", jobs_path, body,
                                     {{"Content-Type", "application/json"}, {"traceparent", parent}});
  REQUIRE(reply.status == 201);
  const std::string job = reply.json().at("jobId");
  const json found = daemon.ended(client, job);
  REQUIRE(found.at("state") == "COMPLETE");

  const http::Request hook = receiver.wait();
  const json event = json::parse(hook.body);
  CHECK(event.at("jobId") == job);
  CHECK(event.at("status") == "COMPLETE");
  CHECK(event.at("result_summary") == found.at("resultSummary"));
  CHECK(hook.body.find("\"metadata\":" + metadata) != std::string::npos);
  CHECK(event.at("event_id").get<std::string>().rfind("evt_" + job.substr(0, 8) + "_COMPLETE_", 0) == 0);

  const auto header = [&](std::string_view name) { return hook.headers.find(name).value_or(""); };
  const std::vector<std::string> secrets = {secret};
  const jobs::Time now = jobs::system_clock().now();
  CHECK(jobs::verify_signature({.timestamp = header("X-Omni-Signature-Timestamp"),
                                .signature = header("X-Omni-Signature"),
                                .body = hook.body},
                               secrets, now) == jobs::Verdict::ok);
  CHECK(jobs::verify_signature({.id = header("webhook-id"),
                                .timestamp = header("webhook-timestamp"),
                                .signature = header("webhook-signature"),
                                .body = hook.body},
                               secrets, now) == jobs::Verdict::ok);
  CHECK(header("traceparent") == parent);
  CHECK(header("webhook-id") == event.at("event_id").get<std::string>());
  CHECK(daemon.log().find(secret) == std::string::npos);
  CHECK(client.get(jobs_path + "/" + job).body.find(secret) == std::string::npos);
}

TEST_CASE("what happens to a job is told while it runs", "[answers]") {
  TestDaemon daemon(shop());
  const Client client = daemon.client(daemon.person("Ada", sees_all).token);
  const std::string job = daemon.submit(client, question("How many orders by channel?"));
  const Reply stream = client.get(jobs_path + "/" + job + "/events", {{"Accept", "text/event-stream"}});
  for (const char* type : {"created", "started", "step", "completed"}) {
    INFO(type << "\n" << stream.body);
    CHECK(stream.body.find(std::string("event: ") + type + "\n") != std::string::npos);
  }
}
