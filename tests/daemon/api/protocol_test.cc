// What HTTP itself asks of every route: ids of requests, traces, other origins, methods.
#include <catch2/catch.hpp>

#include "api/trace.h"
#include "jobs/trace.h"
#include "test_daemon.h"

using nlohmann::json;

namespace {

const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string parent = "00-" + trace + "-00f067aa0ba902b7-01";

Setup with_origins(std::vector<std::string> origins) {
  return {.adjust = [origins](jobsd::Config& config) { config.api.cors_origins = origins; }};
}

const Fields preflight = {{"Origin", "https://app.example.org"}, {"Access-Control-Request-Method", "POST"}};

}  // namespace

TEST_CASE("every answer has an id, and a client may choose it", "[protocol]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  CHECK(client.get(jobs_path, {{"X-Request-Id", "my-1"}}).header("X-Request-Id") == "my-1");
  CHECK(client.get("/nowhere", {{"X-Request-Id", "my-2"}}).header("X-Request-Id") == "my-2");
  for (const std::string path : {"/healthz", "/nowhere", "/api/v1/ai/jobs/7"}) CHECK(client.get(path).header("X-Request-Id"));
  CHECK(client.send("BAD\r\n\r\n").header("X-Request-Id"));
}

TEST_CASE("the log ties a job to the request and the trace that submitted it", "[protocol]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string unnamed = daemon.submit(client);
  const auto job = client.post(jobs_path, question(), {{"X-Request-Id", "my-1"}, {"traceparent", parent}}).json().at("jobId");
  CHECK(daemon.log().find("job=" + job.get<std::string>() + " submitted request=my-1 trace=" + trace + "\n") != std::string::npos);
  CHECK(daemon.log().find("job=" + unnamed + " submitted") == std::string::npos);
}

TEST_CASE("a trace travels to the job, its first event and the log of its run", "[protocol]") {
  TestDaemon daemon({.workers = 1});
  const Client client = daemon.organization();
  const std::string job = client.post(jobs_path, question(), {{"traceparent", parent}}).json().at("jobId");
  daemon.ended(client, job);
  CHECK(daemon.engine().find(*jobs::JobId::parse(job))->trace == parent);
  CHECK(daemon.log().find("job=" + job + " answering, attempt 1 trace=" + trace + "\n") != std::string::npos);
  const json events = client.get(jobs_path + "/" + job + "/events").json().at("data");
  CHECK(events.at(0).at("data") == json{{"traceparent", parent}});
  CHECK(events.at(1).at("data").is_null());
}

TEST_CASE("a traceparent that is malformed, or comes twice, leaves the job without a trace", "[protocol]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  for (const Fields& fields : {Fields{{"traceparent", parent + "x"}}, Fields{{"traceparent", parent}, {"traceparent", parent}},
                               Fields{{"traceparent", "00-x\tjob=1"}}, Fields{}}) {
    const std::string job = client.post(jobs_path, question(), fields).json().at("jobId");
    CHECK(daemon.engine().find(*jobs::JobId::parse(job))->trace.empty());
    CHECK(client.get(jobs_path + "/" + job + "/events").json().at("data").at(0).at("data").is_null());
  }
}

TEST_CASE("what a later version of traceparent says is sent on as far as it is known", "[protocol]") {
  CHECK(jobs::forwarded_traceparent(parent) == parent);
  CHECK(jobs::forwarded_traceparent("cc" + parent.substr(2) + "-later\r\nX-Evil: 1") == parent);
  CHECK_FALSE(jobs::forwarded_traceparent("00" + parent.substr(2) + "\r\nX-Evil: 1"));
}

TEST_CASE("requests are logged when that is configured, without their query", "[protocol]") {
  TestDaemon daemon({.adjust = [](jobsd::Config& config) { config.log.requests = true; }});
  daemon.organization().get(jobs_path + "?state=PENDING", {{"X-Request-Id", "my-1"}, {"traceparent", parent}});
  const std::string log = daemon.log();
  INFO(log);
  CHECK(log.find("request=my-1 trace=" + trace + " GET " + jobs_path + " 200 ") != std::string::npos);
  CHECK(log.find(" client=127.0.0.1:") != std::string::npos);
  CHECK(log.find("PENDING") == std::string::npos);
  CHECK(log.find(daemon.organization_key) == std::string::npos);
}

TEST_CASE("only a well-formed traceparent names a trace", "[protocol]") {
  using jobs::trace_id;
  CHECK(trace_id(parent) == trace);
  CHECK(trace_id("cc-" + trace + "-00f067aa0ba902b7-01-what-comes-later") == trace);
  for (const std::string& wrong :
       {std::string(), std::string("00"), parent + "-more", parent + "x", "ff" + parent.substr(2), parent.substr(0, 54),
        "00-" + std::string(32, '0') + "-00f067aa0ba902b7-01", "00-" + trace + "-0000000000000000-01",
        "00-" + std::string(32, 'A') + "-00f067aa0ba902b7-01", "00_" + parent.substr(3), "00-" + trace + "-00f067aa0ba902bg-01",
        "cc" + parent.substr(2) + ".x"}) {
    INFO(wrong);
    CHECK_FALSE(trace_id(wrong));
  }
  http::Request request{.id = "1"};
  CHECK(jobsd::log_prefix(request) == "request=1");
  request.headers.add("Traceparent", parent);
  CHECK(jobsd::log_prefix(request) == "request=1 trace=" + trace);
  request.headers.add("traceparent", parent);
  CHECK(jobsd::log_prefix(request) == "request=1");
}

TEST_CASE("without configured origins nothing is said to a browser", "[protocol]") {
  TestDaemon daemon;
  for (const Reply& reply : {daemon.client("").request("OPTIONS", jobs_path, "", preflight),
                             daemon.organization().get(jobs_path, {{"Origin", "https://app.example.org"}})}) {
    for (const auto& [name, value] : reply.headers) CHECK(name.rfind("Access-Control-", 0) != 0);
  }
}

TEST_CASE("a page of a configured origin may ask, and one of another may not", "[protocol]") {
  TestDaemon daemon(with_origins({"https://app.example.org"}));
  const Reply allowed = daemon.client("").request("OPTIONS", jobs_path, "", preflight);
  CHECK(allowed.status == 204);
  CHECK(allowed.header("Access-Control-Allow-Origin") == "https://app.example.org");
  CHECK(allowed.header("Access-Control-Allow-Methods") == "POST, GET, HEAD, OPTIONS");
  CHECK(allowed.header("Access-Control-Allow-Headers")->find("Authorization") != std::string::npos);
  CHECK(allowed.header("Access-Control-Max-Age") == "600");
  CHECK(allowed.header("Vary") == "Origin");

  const Reply listed = daemon.organization().get(jobs_path, {{"Origin", "https://app.example.org"}});
  CHECK(listed.header("Access-Control-Allow-Origin") == "https://app.example.org");
  CHECK(listed.header("Access-Control-Expose-Headers")->find("Retry-After") != std::string::npos);
  // A page must be able to read why it was refused.
  CHECK(daemon.client("").get(jobs_path, {{"Origin", "https://app.example.org"}}).header("Access-Control-Allow-Origin"));

  for (const std::string other : {"https://app.example.org.evil", "http://app.example.org", "null", "https://APP.example.org"}) {
    const Reply reply = daemon.organization().get(jobs_path, {{"Origin", other}});
    CHECK_FALSE(reply.header("Access-Control-Allow-Origin"));
    CHECK(reply.header("Vary") == "Origin");
  }
  TestDaemon open(with_origins({"*"}));
  CHECK(open.organization().get(jobs_path, {{"Origin", "null"}}).header("Access-Control-Allow-Origin") == "*");
}

TEST_CASE("HEAD, OPTIONS, absolute targets and 100-continue reach the routes", "[protocol]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const Reply got = client.get(jobs_path);
  const Reply head = client.request("HEAD", jobs_path, "");
  CHECK(head.status == 200);
  CHECK(head.body.empty());
  CHECK(head.header("Content-Length") == got.header("Content-Length"));
  const Reply options = client.request("OPTIONS", jobs_path, "");
  CHECK(options.status == 204);
  CHECK(options.header("Allow") == "POST, GET, HEAD, OPTIONS");
  CHECK(client.send("GET http://localhost/healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").status == 200);
  const std::string body = question().dump();
  const Reply continued = client.send("POST " + jobs_path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\n" +
                                      "Content-Type: application/json\r\nAuthorization: Bearer " + daemon.organization_key +
                                      "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  CHECK(continued.status == 201);
}

TEST_CASE("a page can read what the server refuses before it looks for a route", "[protocol]") {
  const auto with_limits = [](std::chrono::milliseconds time) {
    return Setup{.adjust = [time](jobsd::Config& config) {
      config.api.cors_origins = {"https://app.example.org"};
      config.api.body_bytes_max = 64 * 1024;
      config.api.header_bytes_max = 2048;
      config.api.body_time = config.api.header_time = time;
    }};
  };
  TestDaemon patient(with_limits(std::chrono::seconds(30)));
  TestDaemon hasty(with_limits(std::chrono::milliseconds(50)));
  const std::string head = "POST " + jobs_path + " HTTP/1.1\r\nHost: x\r\n";
  const std::string own = head + "Origin: https://app.example.org\r\n";
  const std::string large = "Content-Length: 70000\r\n\r\n";
  struct Case {
    const TestDaemon& daemon;
    std::string bytes;
    int status;
  };
  for (const Case& one : {Case{patient, own + large, 413}, Case{patient, own + "X: " + std::string(4'000, 'x') + "\r\n\r\n", 431},
                          Case{hasty, own + "Content-Length: 7\r\n\r\n", 408}, Case{hasty, own, 408}}) {
    const Reply reply = one.daemon.client("").send(one.bytes);
    INFO(one.bytes.substr(0, 200));
    CHECK(reply.status == one.status);
    CHECK(reply.header("Access-Control-Allow-Origin") == "https://app.example.org");
    CHECK(reply.header("Vary") == "Origin");
    CHECK(reply.header("Access-Control-Expose-Headers"));
  }
  const Reply other = patient.client("").send(head + "Origin: https://evil.example.org\r\n" + large);
  CHECK(other.status == 413);
  CHECK_FALSE(other.header("Access-Control-Allow-Origin"));
  CHECK_FALSE(patient.client("").send(head + large).header("Access-Control-Allow-Origin"));
}

TEST_CASE("a page of any origin can read that there is no room, when all are allowed", "[protocol]") {
  const auto refused_by = [](std::vector<std::string> origins) {
    TestDaemon daemon({.adjust = [origins](jobsd::Config& config) {
      config.api.cors_origins = origins;
      config.api.connections_max = 0;
    }});
    return daemon.client("").send("GET /healthz HTTP/1.1\r\nHost: x\r\nOrigin: https://app.example.org\r\n\r\n");
  };
  const Reply any = refused_by({"*"});
  CHECK(any.status == 503);
  CHECK(any.header("Access-Control-Allow-Origin") == "*");
  // Nothing of the request is read, so it is not known which page asks.
  CHECK_FALSE(refused_by({"https://app.example.org"}).header("Access-Control-Allow-Origin"));
}
