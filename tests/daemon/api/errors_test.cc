// Each row of the API's error table, over the wire.
#include <catch2/catch.hpp>
#include <random>

#include "test_daemon.h"

using nlohmann::json;

namespace {

json with(json body, const std::string& field, const json& value) {
  body[field] = value;
  return body;
}

void check_error(const Reply& reply, int status, const std::string& detail) {
  INFO(reply.body);
  CHECK(reply.status == status);
  CHECK(reply.header("Content-Type") == "application/json");
  const json body = reply.json();
  CHECK(body.at("status") == status);
  CHECK(body.at("detail") == detail);
  CHECK_FALSE(body.at("code").get<std::string>().empty());
}

}  // namespace

TEST_CASE("a body that is not as described is refused with 400, naming the field", "[errors]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  struct Case {
    json body;
    std::string detail;
  };
  const json ok = question();
  const std::vector<Case> cases = {
      {{{"prompt", "x"}}, "modelId: Required"},
      {{{"modelId", model_id}}, "prompt: Required"},
      {with(ok, "prompt", 7), "prompt: Expected string, received number"},
      {with(ok, "prompt", nullptr), "prompt: Expected string, received null"},
      {with(ok, "prompt", ""), "prompt: must contain at least 1 character"},
      {with(ok, "prompt", std::string(20'001, 'x')), "prompt: must contain at most 20000 characters"},
      {with(ok, "modelId", "770e8400"), "modelId: Invalid uuid"},
      {with(ok, "modelId", "{70e8400-e29b-41d4-a716-446655440002"), "modelId: Invalid uuid"},
      {with(ok, "modelId", json::array()), "modelId: Expected string, received array"},
      {with(ok, "conversationId", "x"), "conversationId: Invalid uuid"},
      {with(ok, "branchId", "x"), "branchId: Invalid uuid"},
      {with(ok, "topicName", true), "topicName: Expected string, received boolean"},
      {with(ok, "topicName", std::string(257, 'x')), "topicName: must contain at most 256 characters"},
      {with(ok, "webhookUrl", 1), "webhookUrl: Expected string, received number"},
      {with(ok, "webhookMetadata", "x"), "webhookMetadata: Expected object, received string"},
      {with(ok, "webhookMetadata", {{"x", std::string(16 * 1024, 'x')}}),
       "webhookMetadata: must be at most 16384 bytes of JSON"},
      {with(ok, "webhookSigningSecret", ""), "webhookSigningSecret: must not be empty"},
      {with(ok, "webhookSigningSecret", "whsec_!"), "webhookSigningSecret: what follows \"whsec_\" must be base64"},
      {with(ok, "webhookSigningSecret", std::string("a\0b", 3)), "webhookSigningSecret: must not contain NUL"},
      {with(ok, "webhookOldSigningSecret", "old"), "webhookOldSigningSecret: needs webhookSigningSecret"},
      {with(with(ok, "webhookSigningSecret", "new"), "webhookOldSigningSecret", ""),
       "webhookOldSigningSecret: must not be empty"},
      {with(ok, "progressWebhookEnabled", "yes"), "progressWebhookEnabled: Expected boolean, received string"},
      {with(ok, "progressWebhookEnabled", true), "progressWebhookEnabled: needs webhookUrl"},
  };
  for (const Case& bad : cases) check_error(client.post(jobs_path, bad.body), 400, "Bad Request: " + bad.detail);
}

TEST_CASE("a webhook URL that can never be allowed is refused with 400", "[errors]") {
  TestDaemon daemon({.adjust = [](jobsd::Config& config) { config.webhooks = {}; }});
  const Client client = daemon.organization();
  for (const std::string url : {"not a url", "ftp://example.com/x", "http://example.com/x", "https://user:pw@example.com/",
                                "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest", "https://"}) {
    const Reply reply = client.post(jobs_path, with(question(), "webhookUrl", url));
    INFO(url << " " << reply.body);
    CHECK(reply.status == 400);
    CHECK(reply.detail().rfind("Bad Request: webhookUrl: ", 0) == 0);
  }
  CHECK(client.post(jobs_path, with(question(), "webhookUrl", "https://example.com/hook")).status == 201);
}

TEST_CASE("the longest allowed values are taken", "[errors]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  std::string longest;
  for (int i = 0; i < 20'000; ++i) longest += "é";
  CHECK(client.post(jobs_path, question(longest)).status == 201);
  // {"x":""} is eight bytes.
  const json metadata = {{"x", std::string(16 * 1024 - 8, 'x')}};
  CHECK(client.post(jobs_path, with(question(), "webhookMetadata", metadata)).status == 201);
}

TEST_CASE("a body that is not JSON, or not an object, is refused with 400", "[errors]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string nested = std::string(100'000, '[') + std::string(100'000, ']');
  for (const std::string& body :
       {std::string(), std::string("{"), std::string("[]"), std::string("null"), std::string("{\"prompt\": \"\xff\"}"),
        std::string("{\"prompt\": 1e999}"), nested, "{\"modelId\":" + nested + "}", std::string("\0\0", 2),
        std::string("{} {}"), std::string("{\"prompt\": \"\\ud800\"}")}) {
    const Reply reply = client.request("POST", jobs_path, body, {{"Content-Type", "application/json"}});
    INFO(body.substr(0, 40) << " " << reply.body);
    CHECK(reply.status == 400);
    CHECK(reply.detail().rfind("Bad Request: ", 0) == 0);
  }
}

TEST_CASE("random bytes as a body never break the server", "[errors]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const std::string valid = with(with(question(), "webhookMetadata", {{"a", {1, "\\\"", nullptr}}}), "webhookUrl",
                                 "http://127.0.0.1:9/")
                                .dump();
  for (int round = 0; round < 200; ++round) {
    std::string body = round % 2 == 0 ? valid : std::string(random() % 300, ' ');
    const auto changes = round % 2 == 0 ? 1 + random() % 4 : body.size();
    for (std::size_t i = 0; i < changes && !body.empty(); ++i) {
      body[random() % body.size()] = static_cast<char>(random());
    }
    const Reply reply = client.request("POST", jobs_path, body, {{"Content-Type", "application/json"}});
    const bool answered = reply.status == 201 || reply.status == 400 || reply.status == 404;
    INFO(body << "\n" << reply.status << " " << reply.body);
    CHECK(answered);
  }
  CHECK(client.get("/readyz").status == 200);
}

TEST_CASE("a content type other than JSON is refused with 415", "[errors]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string body = question().dump();
  CHECK(client.request("POST", jobs_path, body).status == 415);
  CHECK(client.request("POST", jobs_path, body, {{"Content-Type", "text/plain"}}).status == 415);
  CHECK(client.request("POST", jobs_path, body, {{"Content-Type", "application/json; charset=utf-8"}}).status == 201);
}

TEST_CASE("without a valid token the answer is 401, whatever else is wrong", "[errors]") {
  TestDaemon daemon;
  for (const auto& [method, path] : std::vector<std::pair<std::string, std::string>>{
           {"POST", jobs_path},
           {"GET", jobs_path},
           {"GET", jobs_path + "/not-a-uuid"},
           {"GET", jobs_path + "/" + unknown_id + "/result"},
           {"POST", jobs_path + "/" + unknown_id + "/cancel"},
           {"GET", "/api/v1/ai/conversations"}}) {
    const Reply reply = daemon.client("").request(method, path, "");
    INFO(method << " " << path);
    CHECK(reply.status == 401);
    CHECK(reply.header("WWW-Authenticate") == "Bearer");
  }
  CHECK(daemon.client("jok_" + std::string(43, 'A')).get(jobs_path).status == 401);
  CHECK(daemon.client(daemon.organization_key + "x").get(jobs_path).status == 401);
  CHECK(daemon.client("").get(jobs_path, {{"Authorization", daemon.organization_key}}).status == 401);
  CHECK(daemon.client("").get(jobs_path, {{"Authorization", "Basic " + daemon.organization_key}}).status == 401);
  CHECK(daemon.client("").get(jobs_path, {{"Authorization", "bearer " + daemon.organization_key}}).status == 200);
}

TEST_CASE("an unknown model, branch, topic, conversation, user or job is 404", "[errors]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  check_error(client.post(jobs_path, with(question(), "modelId", unknown_id)), 404, "Model " + unknown_id + " not found");
  check_error(client.post(jobs_path, with(question(), "branchId", unknown_id)), 404,
              "Branch " + unknown_id + " not found");
  check_error(client.post(jobs_path, with(question(), "topicName", "nothing")), 404, "Topic nothing not found");
  check_error(client.post(jobs_path, with(question(), "conversationId", unknown_id)), 404, "Conversation not found");
  check_error(client.post(jobs_path + "?userId=" + unknown_id, question()), 404, "User " + unknown_id + " not found");
  check_error(client.get(jobs_path + "/" + unknown_id), 404, "Job not found");
  check_error(client.post(jobs_path + "/" + unknown_id + "/cancel", {}), 404, "Job not found");
  check_error(client.get(jobs_path + "/" + unknown_id + "/result"), 404, "Job not found");
  check_error(client.get(jobs_path + "/" + unknown_id + "/events"), 404, "Job not found");
  check_error(client.get("/api/v1/ai/conversations/" + unknown_id), 404, "Conversation not found");
  CHECK(client.get(jobs_path + "/" + daemon.submit(client) + "/vis").status == 404);
  CHECK(client.get("/api/v1/nothing").status == 404);
  CHECK(client.get("/").status == 404);
}

TEST_CASE("an id in the path that is no UUID is 400", "[errors]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  check_error(client.get(jobs_path + "/7"), 400, "Bad Request: jobId: Invalid uuid");
  check_error(client.post(jobs_path + "/7/cancel", {}), 400, "Bad Request: jobId: Invalid uuid");
  check_error(client.get("/api/v1/ai/conversations/7"), 400, "Bad Request: conversationId: Invalid uuid");
  check_error(client.get(jobs_path + "/" + unknown_id + "?userId=7"), 400, "Bad Request: userId: Invalid uuid");
}

TEST_CASE("another method is 405 and says which are allowed", "[errors]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const Reply reply = client.request("DELETE", jobs_path + "/" + unknown_id, "");
  CHECK(reply.status == 405);
  REQUIRE(reply.header("Allow"));
  CHECK(reply.header("Allow")->find("GET") != std::string::npos);
  CHECK(reply.code() == "method_not_allowed");
  CHECK(client.request("PUT", "/healthz", "").status == 405);
}

TEST_CASE("a body over the limit is 413, one at the limit is read", "[errors]") {
  TestDaemon daemon({.adjust = [](jobsd::Config& config) { config.api.body_bytes_max = 1'000; }});
  const Client client = daemon.organization();
  std::string body = question().dump();
  body.resize(1'000, ' ');
  CHECK(client.request("POST", jobs_path, body, {{"Content-Type", "application/json"}}).status == 201);
  body.resize(1'001, ' ');
  const Reply reply = client.request("POST", jobs_path, body, {{"Content-Type", "application/json"}});
  CHECK(reply.status == 413);
  CHECK(reply.json().at("status") == 413);
}

TEST_CASE("a header over the limit is 431, with the API's error body", "[errors]") {
  TestDaemon daemon;
  const Reply reply = daemon.organization().get("/healthz", {{"X-Long", std::string(20'000, 'x')}});
  CHECK(reply.status == 431);
  CHECK(reply.code() == "header_too_large");
}

TEST_CASE("a request that is not HTTP is 400, with the API's error body", "[errors]") {
  TestDaemon daemon;
  const Reply reply = daemon.organization().send("nonsense\r\n\r\n");
  CHECK(reply.status == 400);
  CHECK(reply.code() == "bad_request");
}

TEST_CASE("when too many jobs wait, a submission is 503 with Retry-After until one has ended", "[errors]") {
  TestDaemon daemon({.adjust = [](jobsd::Config& config) { config.api.pending_jobs_max = 2; }});
  const Client client = daemon.organization();
  const std::string first = daemon.submit(client);
  daemon.submit(client);
  const Reply refused = client.post(jobs_path, question());
  CHECK(refused.status == 503);
  CHECK(refused.code() == "queue_full");
  CHECK(refused.header("Retry-After"));
  client.post(jobs_path + "/" + first + "/cancel", {});
  daemon.ended(client, first);
  CHECK(client.post(jobs_path, question()).status == 201);
}

TEST_CASE("an error never repeats a secret that was sent", "[errors]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string secret = "s3cr3t-value";
  json body = with(question(), "webhookSigningSecret", secret);
  body["prompt"] = 7;
  CHECK(client.post(jobs_path, body).body.find(secret) == std::string::npos);
  const std::string cut = body.dump().substr(0, body.dump().size() - 1);
  const Reply reply = client.request("POST", jobs_path, cut, {{"Content-Type", "application/json"}});
  CHECK(reply.status == 400);
  CHECK(reply.body.find(secret) == std::string::npos);
  CHECK(daemon.log().find(secret) == std::string::npos);
}
