// The engine over HTTP: jobs of any kind, claimed and run by programs outside.
#include <catch2/catch.hpp>
#include <future>

#include "api/error.h"
#include "api/queue_quota.h"
#include "api/work_names.h"
#include "test_daemon.h"

using nlohmann::json;

namespace {

const std::string work_path = "/api/v1/jobs";

std::string submit(const Client& client, json body = json::object()) {
  if (!body.contains("kind")) body["kind"] = "k";
  const Reply reply = client.post(work_path, body);
  INFO(reply.body);
  REQUIRE(reply.status == 201);
  return reply.json().at("jobId");
}

json claim_one(const Client& client, const std::string& queue = "default", json body = json::object()) {
  const Reply reply = client.post("/api/v1/queues/" + queue + "/claim", body);
  INFO(reply.body);
  REQUIRE(reply.status == 200);
  const json data = reply.json().at("data");
  return data.empty() ? json() : data.front();
}

std::string run_path(const json& job, const std::string& what) { return work_path + "/" + job.at("id").get<std::string>() + "/" + what; }

}  // namespace

TEST_CASE("a job goes from a client to a worker and its result back", "[work]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string id = submit(client, {{"kind", "resize"},
                                         {"payload", {{"width", 20}}},
                                         {"metadata", {{"order", 7}}},
                                         {"tags", {"images"}},
                                         {"key", "customer 7"},
                                         {"priority", 2},
                                         {"maxAttempts", 5}});
  const json job = claim_one(client);
  CHECK(job.at("id") == id);
  CHECK(job.at("state") == "RUNNING");
  CHECK(job.at("kind") == "resize");
  CHECK(job.at("queue") == "default");
  CHECK(job.at("key") == "customer 7");
  CHECK(job.at("payload") == json{{"width", 20}});
  CHECK(job.at("metadata") == json{{"order", 7}});
  CHECK(job.at("tags") == json{"images"});
  CHECK(job.at("priority") == 2);
  CHECK(job.at("maxAttempts") == 5);
  CHECK(job.at("attempt") == 1);

  CHECK(client.post(run_path(job, "progress"), {{"attempt", 1}, {"iteration", 3}, {"message", "half"}}).status == 200);
  CHECK(client.get(work_path + "/" + id).json().at("progress").at("message") == "half");
  CHECK(client.get(work_path + "/" + id + "/result").code() == "not_complete");
  const Reply done = client.post(run_path(job, "complete"), {{"attempt", 1}, {"summary", "small"}, {"output", {{"bytes", 9}}}});
  CHECK(done.json().at("state") == "COMPLETE");
  const json result = client.get(work_path + "/" + id + "/result").json();
  CHECK(result.at("summary") == "small");
  CHECK(result.at("output") == json{{"bytes", 9}});
}

TEST_CASE("payload and output stay as they were written", "[work]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string payload = R"({"b": 1.50, "a": [1e3,  "\u00e9"]})";
  CHECK(client.request("POST", work_path, R"({"kind":"k","payload":)" + payload + "}", {{"Content-Type", "application/json"}})
            .status == 201);
  auto claim = daemon.engine().claim({.queue = daemon.organization_id() + "/default"});
  REQUIRE(claim);
  CHECK(claim->payload() == payload);
}

TEST_CASE("a claim waits for a job and takes it when it comes", "[work]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  CHECK(claim_one(client, "later").is_null());
  auto waiting = std::async(std::launch::async, [&] { return client.post("/api/v1/queues/later/claim", {{"waitSeconds", 60}}); });
  const std::string id = submit(client, {{"queue", "later"}});
  const json claimed = waiting.get().json();
  CHECK(claimed.at("data").at(0).at("id") == id);
}

TEST_CASE("one claim takes up to its limit, in the order of the queue", "[work]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string first = submit(client);
  const std::string second = submit(client);
  const std::string urgent = submit(client, {{"priority", 1}});
  const json claimed = client.post("/api/v1/queues/default/claim", {{"limit", 2}}).json().at("data");
  REQUIRE(claimed.size() == 2);
  CHECK(claimed[0].at("id") == urgent);
  CHECK(claimed[1].at("id") == first);
  CHECK(claim_one(client).at("id") == second);
}

TEST_CASE("what a run says after it ended is refused, and changes nothing", "[work]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string id = submit(client);
  const json job = claim_one(client);
  CHECK(client.post(run_path(job, "release"), {{"attempt", 1}}).json().at("state") == "PENDING");
  const json again = claim_one(client);
  CHECK(again.at("attempt") == 2);
  CHECK(again.at("attemptsReturned") == 1);
  for (const std::string what : {"complete", "release", "heartbeat", "progress"}) {
    const Reply late = client.post(run_path(job, what), {{"attempt", 1}});
    CHECK(late.status == 409);
    CHECK(late.code() == "lease_lost");
  }
  CHECK(client.post(run_path(job, "fail"), {{"attempt", 1}, {"code", "x"}}).code() == "lease_lost");
  CHECK(client.request("PUT", run_path(job, "steps/s"), R"({"attempt":1,"result":1})", {{"Content-Type", "application/json"}})
            .code() == "lease_lost");
  CHECK(client.get(work_path + "/" + id).json().at("state") == "RUNNING");
  CHECK(client.post(run_path(again, "complete"), {{"attempt", 2}}).json().at("state") == "COMPLETE");
}

TEST_CASE("a failed attempt is tried again when the worker says, and the last one ends the job", "[work]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string id = submit(client, {{"maxAttempts", 2}});
  json job = claim_one(client);
  CHECK(client.post(run_path(job, "fail"), {{"attempt", 1}, {"code", "busy"}, {"retryAfterSeconds", 0}}).json().at("state") == "PENDING");
  job = claim_one(client);
  CHECK(client.post(run_path(job, "fail"), {{"attempt", 2}, {"code", "busy"}, {"message", "still"}}).json().at("state") == "FAILED");
  CHECK(client.get(work_path + "/" + id).json().at("error").at("message") == "still");
  CHECK(client.post(work_path + "/" + id + "/retry", json::object()).json().at("retried") == true);
  CHECK(claim_one(client).at("attempt") == 3);
}

TEST_CASE("the first result of a step stays, and is read by name", "[work]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  submit(client);
  const json job = claim_one(client);
  const std::string step = run_path(job, "steps/fetch%20it");
  const auto put = [&](const std::string& body) { return client.request("PUT", step, body, {{"Content-Type", "application/json"}}); };
  CHECK(client.get(step).status == 404);
  CHECK(put(R"({"attempt":1,"result":{"rows":2}})").json().at("result") == json{{"rows", 2}});
  CHECK(put(R"({"attempt":1,"result":{"rows":3}})").json().at("result") == json{{"rows", 2}});
  CHECK(client.get(step).json().at("result") == json{{"rows", 2}});
  CHECK(put(R"({"attempt":1})").status == 400);
}

TEST_CASE("a run learns of its cancellation with its next word", "[work]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string id = submit(client);
  const json job = claim_one(client);
  CHECK(client.post(run_path(job, "heartbeat"), {{"attempt", 1}}).json().at("cancelRequested") == false);
  CHECK(client.post(work_path + "/" + id + "/cancel", json::object()).json().at("state") == "RUNNING");
  CHECK(client.post(run_path(job, "heartbeat"), {{"attempt", 1}}).json().at("cancelRequested") == true);
  CHECK(client.post(run_path(job, "complete"), {{"attempt", 1}}).json().at("state") == "CANCELLED");
}

TEST_CASE("a held unique key gives its job, or refuses, as was asked", "[work]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string id = submit(client, {{"uniqueKey", "report"}});
  const Reply same = client.post(work_path, {{"kind", "k"}, {"uniqueKey", "report"}});
  CHECK(same.status == 200);
  CHECK(same.json().at("outcome") == "existing");
  CHECK(same.json().at("jobId") == id);
  const Reply refused = client.post(work_path, {{"kind", "k"}, {"uniqueKey", "report"}, {"onConflict", "refuse"}});
  CHECK(refused.status == 409);
  CHECK(refused.code() == "unique_key_held");
  // Another organization's key is another key.
  CHECK(daemon.client(daemon.outsider_key).post(work_path, {{"kind", "k"}, {"uniqueKey", "report"}}).status == 201);
}

TEST_CASE("many jobs are submitted in one request, all or none", "[work]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const Reply reply = client.post(work_path + "/batch", {{"jobs", {{{"kind", "a"}}, {{"kind", "b"}, {"queue", "q"}}}}});
  REQUIRE(reply.status == 200);
  CHECK(reply.json().at("data").size() == 2);
  const Reply bad = client.post(work_path + "/batch", {{"jobs", {{{"kind", "c"}}, {{"queue", "no kind"}}}}});
  CHECK(bad.status == 400);
  CHECK(client.get(work_path).json().at("data").size() == 2);
  CHECK(client.get(work_path + "?queue=q").json().at("data").size() == 1);
  CHECK(client.get(work_path + "?kind=c").json().at("data").empty());
}

TEST_CASE("a list goes on where the page before ended", "[work]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string oldest = submit(client, {{"tags", {"blue"}}});
  submit(client);
  const std::string newest = submit(client);
  const json page = client.get(work_path + "?pageSize=2").json();
  REQUIRE(page.at("data").size() == 2);
  CHECK(page.at("data")[0].at("id") == newest);
  const std::string cursor = page.at("pageInfo").at("nextCursor");
  const json rest = client.get(work_path + "?pageSize=2&cursor=" + cursor).json();
  REQUIRE(rest.at("data").size() == 1);
  CHECK(rest.at("data")[0].at("id") == oldest);
  CHECK(rest.at("pageInfo").at("nextCursor").is_null());
  CHECK(client.get(work_path + "?tag=blue").json().at("data").size() == 1);
}

TEST_CASE("a list by a tag has the organization's own jobs alone, page by page", "[work]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const Client other = daemon.client(daemon.outsider_key);
  const std::string oldest = submit(client, {{"tags", {"shared"}}});
  const std::string theirs = submit(other, {{"tags", {"shared"}}});
  const std::string newest = submit(client, {{"tags", {"shared"}}});
  submit(other, {{"tags", {"shared"}}});
  const json page = client.get(work_path + "?tag=shared&pageSize=1").json();
  REQUIRE(page.at("data").size() == 1);
  CHECK(page.at("data")[0].at("id") == newest);
  CHECK(page.at("data")[0].at("tags") == json{"shared"});
  CHECK(page.at("pageInfo").at("nextCursor") == newest);
  const json rest = client.get(work_path + "?tag=shared&cursor=" + newest).json();
  REQUIRE(rest.at("data").size() == 1);
  CHECK(rest.at("data")[0].at("id") == oldest);
  CHECK(rest.at("pageInfo").at("nextCursor").is_null());
  CHECK(client.get(work_path).body.find(theirs) == std::string::npos);
}

TEST_CASE("a job that comes after others waits for them, and must know them", "[work]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string first = submit(client, {{"queue", "first"}});
  const std::string next = submit(client, {{"queue", "next"}, {"after", {first}}});
  const std::string anyway = submit(client, {{"queue", "anyway"}, {"after", {first}}, {"afterFailure", "run"}});
  CHECK(client.get(work_path + "/" + next).json().at("openJobs") == 1);
  CHECK(claim_one(client, "next").is_null());
  const json job = claim_one(client, "first");
  CHECK(client.post(run_path(job, "fail"), {{"attempt", 1}, {"code", "x"}, {"retry", false}}).json().at("state") == "FAILED");
  CHECK(client.get(work_path + "/" + next).json().at("error").at("code") == "dependency_failed");
  CHECK(claim_one(client, "anyway").at("id") == anyway);

  for (const std::string& stranger : {unknown_id, submit(daemon.client(daemon.outsider_key)), daemon.submit(client)}) {
    const Reply refused = client.post(work_path, {{"kind", "k"}, {"after", {stranger}}});
    CHECK(refused.status == 404);
    CHECK(refused.detail().find(stranger) != std::string::npos);
    const json batch = {{"jobs", {{{"kind", "k"}, {"queue", "batch"}}, {{"kind", "k"}, {"after", {stranger}}}}}};
    CHECK(client.post(work_path + "/batch", batch).status == 404);
  }
  CHECK(claim_one(client, "batch").is_null());
}

TEST_CASE("an organization has so many queues and no more, and others have theirs", "[work]") {
  jobsd::QueueQuota quota({});
  const auto organization = *jobs::Uuid::parse("11111111-1111-4111-8111-111111111111");
  const auto other = *jobs::Uuid::parse("22222222-2222-4222-8222-222222222222");
  for (std::size_t i = 0; i < jobsd::work_queues_max; ++i) {
    quota.take(organization, jobsd::work_name(organization, std::to_string(i)));
  }
  CHECK_NOTHROW(quota.take(organization, jobsd::work_name(organization, "0")));
  CHECK_THROWS_AS(quota.take(organization, jobsd::work_name(organization, "new")), jobsd::ApiError);
  CHECK_NOTHROW(quota.take(other, jobsd::work_name(other, "new")));
}

TEST_CASE("the queues that the store holds already count", "[work]") {
  TestDaemon daemon;
  const auto organization = *jobs::Uuid::parse(daemon.organization_id());
  std::vector<jobs::JobSpec> jobs;
  for (std::size_t i = 0; i < jobsd::work_queues_max; ++i) {
    jobs.push_back({.kind = "k", .queue = jobsd::work_name(organization, std::to_string(i))});
  }
  static_cast<void>(daemon.engine().submit_all(jobs));
  daemon.stop();
  daemon.start();
  const Client client = daemon.organization();
  CHECK(client.post(work_path, {{"kind", "k"}, {"queue", "7"}}).status == 201);
  for (const char* const path : {"/api/v1/jobs", "/api/v1/queues/new/pause"}) {
    const Reply refused = client.post(path, {{"kind", "k"}, {"queue", "new"}});
    CHECK(refused.status == 409);
    CHECK(refused.code() == "too_many_queues");
  }
  CHECK(client.get("/api/v1/queues/new").status == 404);
}

TEST_CASE("a paused queue gives nothing out until it is resumed", "[work]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  submit(client, {{"queue", "mail"}});
  CHECK(client.post("/api/v1/queues/mail/pause", json::object()).json().at("paused") == true);
  CHECK(claim_one(client, "mail").is_null());
  const json queue = client.get("/api/v1/queues/mail").json();
  CHECK(queue.at("ready") == 1);
  CHECK(queue.at("running") == 0);
  CHECK(client.get("/api/v1/queues").json().at("data").size() == 1);
  CHECK(client.post("/api/v1/queues/mail/resume", json::object()).json().at("paused") == false);
  CHECK_FALSE(claim_one(client, "mail").is_null());
  CHECK(client.get("/api/v1/queues/none").status == 404);
}

TEST_CASE("a schedule is stored, changed, paused and removed", "[work]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string path = "/api/v1/schedules/nightly";
  const auto put = [&](const json& body) { return client.request("PUT", path, body.dump(), {{"Content-Type", "application/json"}}); };
  json body = {{"expression", "0 3 * * *"}, {"timeZone", "Europe/Berlin"}, {"overlap", "skip"},
               {"job", {{"kind", "report"}, {"payload", {{"all", true}}}}}};
  const Reply created = put(body);
  INFO(created.body);
  CHECK(created.status == 201);
  CHECK(created.json().at("name") == "nightly");
  CHECK(created.json().at("job").at("payload") == json{{"all", true}});
  CHECK(created.json().at("overlap") == "skip");
  body["expression"] = "0 4 * * *";
  CHECK(put(body).status == 200);
  CHECK(client.get(path).json().at("expression") == "0 4 * * *");
  CHECK(client.post(path + "/pause", json::object()).json().at("paused") == true);
  CHECK(client.post(path + "/resume", json::object()).json().at("paused") == false);
  CHECK(client.get("/api/v1/schedules").json().at("data").size() == 1);
  body["expression"] = "61 * * * *";
  CHECK(put(body).status == 400);
  CHECK(daemon.client(daemon.outsider_key).get(path).status == 404);
  CHECK(created.header("Location") == path);
  CHECK(client.request("PUT", "/api/v1/schedules/every%20d%C3%A4y", R"({"expression":"@daily","job":{"kind":"k"}})",
                       {{"Content-Type", "application/json"}})
            .header("Location") == "/api/v1/schedules/every%20d%C3%A4y");
  CHECK(client.request("DELETE", "/api/v1/schedules/every%20d%C3%A4y", "").status == 204);
  CHECK(client.request("DELETE", path, "").status == 204);
  CHECK(client.request("DELETE", path, "").status == 404);
}

TEST_CASE("another organization's work looks as if there were none", "[work]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const Client other = daemon.client(daemon.outsider_key);
  const std::string id = submit(client, {{"tags", {"shared"}}});
  CHECK(claim_one(other).is_null());
  CHECK(other.get(work_path + "?tag=shared").json().at("data").empty());
  const json job = claim_one(client);
  for (const std::string& stranger : {id, unknown_id}) {
    CHECK(other.get(work_path + "/" + stranger).status == 404);
    CHECK(other.get(work_path + "/" + stranger + "/result").status == 404);
    CHECK(other.get(work_path + "/" + stranger + "/events").status == 404);
    CHECK(other.get(work_path + "/" + stranger + "/steps/s").status == 404);
    for (const std::string what : {"cancel", "retry"}) {
      CHECK(other.post(work_path + "/" + stranger + "/" + what, json::object()).status == 404);
    }
    for (const std::string what : {"complete", "release", "heartbeat", "progress"}) {
      CHECK(other.post(work_path + "/" + stranger + "/" + what, {{"attempt", 1}}).status == 404);
    }
  }
  // Nor are the daemon's own jobs anybody's work.
  const std::string ai_job = daemon.submit(client);
  CHECK(client.get(work_path + "/" + ai_job).status == 404);
  CHECK(client.get(work_path).json().at("data").size() == 1);
}

TEST_CASE("a member's token may not drive the engine", "[work]") {
  TestDaemon daemon;
  const Client member = daemon.client(daemon.person("Ada").token);
  CHECK(member.post(work_path, {{"kind", "k"}}).status == 403);
  CHECK(member.get(work_path).status == 403);
  CHECK(member.post("/api/v1/queues/default/claim", json::object()).status == 403);
  CHECK(member.get("/api/v1/queues").status == 403);
  CHECK(member.get("/api/v1/schedules").status == 403);
}

TEST_CASE("what cannot be is refused by the name of its field", "[work]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const auto [field, body] = GENERATE(table<std::string, json>({
      {"kind", json::object()},
      {"kind", {{"kind", 7}}},
      {"kind", {{"kind", ""}}},
      {"kind", {{"kind", std::string(256, 'k')}}},
      {"queue", {{"kind", "k"}, {"queue", ""}}},
      {"queue", {{"kind", "k"}, {"queue", std::string(201, 'q')}}},
      {"queue", {{"kind", "k"}, {"queue", "a/b"}}},
      {"queue", {{"kind", "k"}, {"queue", "a\nb"}}},
      {"priority", {{"kind", "k"}, {"priority", 1.5}}},
      {"priority", {{"kind", "k"}, {"priority", 18446744073709551615ULL}}},
      {"maxAttempts", {{"kind", "k"}, {"maxAttempts", 0}}},
      {"maxAttempts", {{"kind", "k"}, {"maxAttempts", 101}}},
      {"runAt", {{"kind", "k"}, {"runAt", "tomorrow"}}},
      {"delaySeconds", {{"kind", "k"}, {"delaySeconds", -1}}},
      {"delaySeconds", {{"kind", "k"}, {"delaySeconds", 1e300}}},
      {"delaySeconds", {{"kind", "k"}, {"delaySeconds", 5}, {"runAt", "2030-01-01"}}},
      {"deadlineSeconds", {{"kind", "k"}, {"delaySeconds", 5}, {"deadlineSeconds", 5}}},
      {"uniqueForSeconds", {{"kind", "k"}, {"uniqueForSeconds", 5}}},
      {"onConflict", {{"kind", "k"}, {"onConflict", "explode"}}},
      {"tags", {{"kind", "k"}, {"tags", "blue"}}},
      {"tags", {{"kind", "k"}, {"tags", {7}}}},
      {"tags", {{"kind", "k"}, {"tags", std::vector<std::string>(16, "t")}}},
      {"tags", {{"kind", "k"}, {"tags", {std::string(201, 't')}}}},
      {"tags", {{"kind", "k"}, {"tags", {""}}}},
      {"after", {{"kind", "k"}, {"after", unknown_id}}},
      {"after", {{"kind", "k"}, {"after", {"7"}}}},
      {"after", {{"kind", "k"}, {"after", std::vector<std::string>(1001, unknown_id)}}},
      {"afterFailure", {{"kind", "k"}, {"afterFailure", "hope"}}},
      {"webhookUrl", {{"kind", "k"}, {"webhookUrl", "http://169.254.169.254/"}}},
  }));
  const Reply reply = client.post(work_path, body);
  INFO(body);
  CHECK(reply.status == 400);
  CHECK(reply.detail().find(field) != std::string::npos);
  CHECK(client.get(work_path).json().at("data").empty());
}

TEST_CASE("a claim with impossible limits is refused", "[work]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  for (const json& body : {json{{"limit", 0}}, json{{"limit", 101}}, json{{"leaseSeconds", 0.5}}, json{{"leaseSeconds", 3601}},
                           json{{"waitSeconds", -1}}, json{{"waitSeconds", 61}}, json{{"limit", "many"}}}) {
    CHECK(client.post("/api/v1/queues/default/claim", body).status == 400);
  }
  CHECK(client.post("/api/v1/queues/default/claim", {{"limit", 100}, {"leaseSeconds", 1}, {"waitSeconds", 0}}).status == 200);
}
