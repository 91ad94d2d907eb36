// What a job looks like in each state, waiting for it to change, and cancelling it.
#include <catch2/catch.hpp>
#include <future>
#include <set>

#include "iso_time.h"
#include "test_daemon.h"

using nlohmann::json;

namespace {

std::set<std::string> keys(const json& object) {
  std::set<std::string> found;
  for (const auto& [key, value] : object.items()) found.insert(key);
  return found;
}

const std::set<std::string> always = {"id",        "state",     "prompt",         "conversationId", "modelId",     "branchId",
                                      "topicName", "userId",    "organizationId", "omniChatUrl",    "createdAt",   "updatedAt"};

std::set<std::string> always_and(std::set<std::string> more) {
  more.insert(always.begin(), always.end());
  return more;
}

}  // namespace

TEST_CASE("a PENDING job has what every job has and nothing more", "[states]") {
  TestDaemon daemon;
  const auto ada = daemon.person("Ada");
  json body = question("how many products?");
  body["branchId"] = branch_id;
  const std::string job = daemon.submit(daemon.client(ada.token), body);
  const json found = daemon.client(ada.token).get(jobs_path + "/" + job).json();
  CHECK(keys(found) == always);
  CHECK(found.at("id") == job);
  CHECK(found.at("state") == "PENDING");
  CHECK(found.at("prompt") == "how many products?");
  CHECK(found.at("modelId") == model_id);
  CHECK(found.at("branchId") == branch_id);
  CHECK(found.at("topicName").is_null());
  CHECK(found.at("userId") == ada.id);
  CHECK(found.at("organizationId") == daemon.organization_id());
  const auto created = jobsd::parse_iso_time(found.at("createdAt").get<std::string>());
  REQUIRE(created);
  CHECK(found.at("createdAt").get<std::string>().size() == std::string("2025-01-15T10:00:05.000Z").size());
}

TEST_CASE("a job of an organization key without a user has none", "[states]") {
  TestDaemon daemon;
  const std::string job = daemon.submit(daemon.organization());
  CHECK(daemon.organization().get(jobs_path + "/" + job).json().at("userId").is_null());
}

TEST_CASE("a RUNNING job shows when it started and how far it is", "[states]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string job = daemon.submit(client);
  auto run = daemon.claim();
  json found = client.get(jobs_path + "/" + job).json();
  CHECK(keys(found) == always_and({"executionStartedAt", "progress"}));
  CHECK(found.at("state") == "RUNNING");
  CHECK(found.at("progress").is_null());

  CHECK(run.progress(2, "Running the query") == jobs::Finish::ok);
  found = client.get(jobs_path + "/" + job).json();
  CHECK(found.at("progress").at("iteration") == 2);
  CHECK(found.at("progress").at("message") == "Running the query");
  CHECK(jobsd::parse_iso_time(found.at("progress").at("updatedAt").get<std::string>()));
}

TEST_CASE("a COMPLETE job has its summary", "[states]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string job = daemon.submit(client);
  CHECK(daemon.claim().complete("**3** products") == jobs::Finish::ok);
  const json found = client.get(jobs_path + "/" + job).json();
  CHECK(keys(found) == always_and({"executionStartedAt", "completedAt", "resultSummary"}));
  CHECK(found.at("state") == "COMPLETE");
  CHECK(found.at("resultSummary") == "**3** products");
}

TEST_CASE("a FAILED job says why", "[states]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string job = daemon.submit(client);
  CHECK(daemon.claim().fail({.code = "not_allowed", .message = "You may not see this.", .retry = false}) ==
        jobs::Finish::ok);
  const json found = client.get(jobs_path + "/" + job).json();
  CHECK(keys(found) == always_and({"executionStartedAt", "completedAt", "error"}));
  CHECK(found.at("state") == "FAILED");
  CHECK(found.at("error") == json({{"code", "not_allowed"}, {"message", "You may not see this."}}));
}

TEST_CASE("a job that waits for another attempt is PENDING, as before its first", "[states]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string job = daemon.submit(client);
  CHECK(daemon.claim().fail({.code = "database", .message = "busy"}) == jobs::Finish::ok);
  const json found = client.get(jobs_path + "/" + job).json();
  CHECK(found.at("state") == "PENDING");
  CHECK(keys(found) == always);
}

TEST_CASE("the published names of the states are written when the configuration says so", "[states]") {
  TestDaemon daemon(
      {.adjust = [](jobsd::Config& config) { config.api.state_names = jobsd::ApiConfig::StateNames::published; }});
  const Client client = daemon.organization();
  const std::string job = daemon.submit(client);
  CHECK(client.get(jobs_path + "/" + job).json().at("state") == "QUEUED");
  auto run = daemon.claim();
  CHECK(client.get(jobs_path + "/" + job).json().at("state") == "EXECUTING");
  CHECK(client.get(jobs_path + "?state=EXECUTING").json().at("data").size() == 1);
  CHECK(client.get(jobs_path + "?state=RUNNING").json().at("data").size() == 1);
  CHECK(client.post(jobs_path + "/" + job + "/cancel", {}).json().at("state") == "EXECUTING");
  CHECK(std::move(run).complete("x") == jobs::Finish::cancelled);
  CHECK(client.get(jobs_path + "/" + job).json().at("state") == "CANCELLED");
}

TEST_CASE("a held request is answered when the job changes", "[wait]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string job = daemon.submit(client);
  auto held = std::async(std::launch::async,
                         [&] { return client.get(jobs_path + "/" + job, {{"Prefer", "respond-async, wait=60"}}); });
  // Had the wait missed the change, the answer would be the job as it was before.
  CHECK(daemon.claim().complete("done") == jobs::Finish::ok);
  const Reply reply = held.get();
  CHECK(reply.status == 200);
  CHECK(reply.header("Preference-Applied") == "wait=60");
  CHECK(reply.json().at("state") != "PENDING");
}

TEST_CASE("a finished job is answered at once, whatever the client would wait", "[wait]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string job = daemon.submit(client);
  CHECK(daemon.claim().complete("done") == jobs::Finish::ok);
  CHECK(client.get(jobs_path + "/" + job, {{"Prefer", "wait=60"}}).json().at("state") == "COMPLETE");
}

TEST_CASE("a wait that runs out is answered with the job as it is", "[wait]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string job = daemon.submit(client);
  const Reply reply = client.get(jobs_path + "/" + job, {{"Prefer", "wait=1"}});
  CHECK(reply.status == 200);
  CHECK(reply.json().at("state") == "PENDING");
}

TEST_CASE("cancelling a PENDING job ends it at once, and once", "[cancel]") {
  TestDaemon daemon;
  const auto ada = daemon.person("Ada");
  const Client client = daemon.client(ada.token);
  const std::string job = daemon.submit(client);
  const Reply reply = client.post(jobs_path + "/" + job + "/cancel", {});
  CHECK(reply.status == 200);
  CHECK(reply.json() == json({{"jobId", job}, {"state", "CANCELLED"}}));
  const json found = client.get(jobs_path + "/" + job).json();
  CHECK(keys(found) == always_and({"cancelledAt", "cancelledBy"}));
  CHECK(found.at("cancelledBy") == ada.id);
  CHECK(client.post(jobs_path + "/" + job + "/cancel", {}).json().at("state") == "CANCELLED");
  CHECK(client.get(jobs_path + "/" + job).json() == found);
  CHECK_FALSE(daemon.engine().claim());
}

TEST_CASE("cancelling a RUNNING job ends it when its run ends, whatever the run returns", "[cancel]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string job = daemon.submit(client);
  auto run = daemon.claim();
  CHECK(client.post(jobs_path + "/" + job + "/cancel", {}).json().at("state") == "RUNNING");
  CHECK(std::move(run).complete("done") == jobs::Finish::cancelled);
  const json found = client.get(jobs_path + "/" + job).json();
  CHECK(keys(found) == always_and({"cancelledAt", "cancelledBy", "executionStartedAt"}));
  CHECK(found.at("state") == "CANCELLED");
}

TEST_CASE("cancelling a finished job returns its state", "[cancel]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string job = daemon.submit(client);
  CHECK(daemon.claim().complete("done") == jobs::Finish::ok);
  const Reply reply = client.post(jobs_path + "/" + job + "/cancel", {});
  CHECK(reply.status == 200);
  CHECK(reply.json().at("state") == "COMPLETE");
}
