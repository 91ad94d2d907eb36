// What the process counts, as Prometheus reads it.
#include "metrics/exposition.h"

#include <catch2/catch.hpp>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "receiver.h"
#include "test_daemon.h"

namespace {

const Fields through_proxy = {{"X-Forwarded-For", "203.0.113.9"}};

std::string metrics(TestDaemon& daemon) {
  const Reply reply = daemon.client("").get("/metrics");
  INFO(reply.body);
  REQUIRE(reply.status == 200);
  CHECK(reply.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8");
  return reply.body;
}

// The value of a sample; -1 when there is none.
double value(const std::string& text, const std::string& sample) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(sample + " ", 0) == 0) return std::stod(line.substr(sample.size() + 1));
  }
  return -1;
}

std::string requests(const std::string& method, const std::string& route, int status) {
  return "jobsd_http_requests_total{method=\"" + method + "\",route=\"" + route + "\",status=\"" + std::to_string(status) + "\"}";
}

}  // namespace

TEST_CASE("the text is what Prometheus reads: each sample of a family that has its help and its type", "[metrics]") {
  TestDaemon daemon;
  daemon.submit(daemon.organization());
  daemon.organization().get("/nowhere");
  const std::regex help("# HELP ([a-z_]+) [A-Z0-9].*");
  const std::regex type("# TYPE ([a-z_]+) (counter|gauge|histogram)");
  const std::regex sample(R"re(([a-z_]+)(\{([a-z]+="[^"\n]*",?)+\})? (\+Inf|[0-9.e+-]+))re");
  std::map<std::string, std::string> types;
  std::set<std::string> helped;
  std::set<std::string> samples;
  std::istringstream lines(metrics(daemon));
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    std::smatch found;
    if (std::regex_match(line, found, help)) {
      CHECK(helped.insert(found.str(1)).second);
    } else if (std::regex_match(line, found, type)) {
      CHECK(helped.contains(found.str(1)));
      CHECK(types.emplace(found.str(1), found.str(2)).second);
      CHECK(found.str(1).ends_with("_total") == (found.str(2) == "counter"));
    } else {
      REQUIRE(std::regex_match(line, found, sample));
      std::string family = found.str(1);
      for (const char* suffix : {"_bucket", "_sum", "_count"}) {
        const auto end = family.rfind(suffix);
        const auto histogram = types.find(family.substr(0, end));
        if (end != std::string::npos && histogram != types.end() && histogram->second == "histogram") family.resize(end);
      }
      CHECK(types.contains(family));
      CHECK(samples.insert(line.substr(0, line.rfind(' '))).second);
    }
  }
  CHECK(types.size() >= 20);
}

TEST_CASE("jobs are counted by queue and state, and by how they end", "[metrics]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  daemon.submit(client);
  const std::string second = daemon.submit(client);
  daemon.engine().submit({.kind = "other", .queue = "later", .delay = std::chrono::hours(1)});
  std::string text = metrics(daemon);
  CHECK(value(text, "jobsd_jobs{queue=\"default\",state=\"pending\"}") == 2);
  CHECK(value(text, "jobsd_jobs{queue=\"later\",state=\"scheduled\"}") == 1);
  CHECK(value(text, "jobsd_jobs_submitted_total") == 3);
  CHECK(value(text, "jobsd_jobs_finished_total{outcome=\"complete\"}") == 0);

  auto run = daemon.claim();
  CHECK(value(metrics(daemon), "jobsd_jobs{queue=\"default\",state=\"running\"}") == 1);
  REQUIRE(std::move(run).complete("done") == jobs::Finish::ok);
  CHECK(client.post(jobs_path + "/" + second + "/cancel", {}).status == 200);
  text = metrics(daemon);
  CHECK(value(text, "jobsd_jobs{queue=\"default\",state=\"pending\"}") == -1);
  CHECK(value(text, "jobsd_jobs_finished_total{outcome=\"complete\"}") == 1);
  CHECK(value(text, "jobsd_jobs_finished_total{outcome=\"cancelled\"}") == 1);
  CHECK(value(text, "jobsd_jobs_finished_total{outcome=\"failed\"}") == 0);
  CHECK(value(text, "jobsd_job_attempts_total") == 1);
}

TEST_CASE("requests are counted by route and status, whatever clients ask for", "[metrics]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  daemon.submit(client);
  for (int i = 0; i < 20; ++i) {
    client.get(jobs_path + "/" + jobs::Uuid::from_number(i + 100, 7).to_string());
    client.get("/nowhere/" + std::to_string(i));
  }
  client.request("PATCH", jobs_path, "");
  client.send("BAD\r\n\r\n");
  const std::string text = metrics(daemon);
  INFO(text);
  CHECK(value(text, requests("POST", jobs_path, 201)) == 1);
  CHECK(value(text, requests("GET", jobs_path + "/{id}", 404)) == 20);
  CHECK(value(text, requests("", "none", 404)) == 20);
  CHECK(value(text, requests("", "none", 405)) == 1);
  CHECK(value(text, requests("", "none", 400)) == 1);
  const std::string of_route = "{method=\"GET\",route=\"" + jobs_path + "/{id}\"";
  CHECK(value(text, "jobsd_http_request_duration_seconds_bucket" + of_route + ",le=\"+Inf\"}") == 20);
  CHECK(value(text, "jobsd_http_request_duration_seconds_count" + of_route + "}") == 20);
  CHECK(value(text, "jobsd_http_request_duration_seconds_sum" + of_route + "}") > 0);
  double last = 0;
  for (const char* bound : {"5e-04", "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "5", "30"}) {
    INFO(bound);
    const double now = value(text, "jobsd_http_request_duration_seconds_bucket" + of_route + ",le=\"" + bound + "\"}");
    CHECK(now >= last);
    last = now;
  }
  CHECK(text.find("nowhere") == std::string::npos);
}

TEST_CASE("more queues than fit are counted together", "[metrics]") {
  TestDaemon daemon;
  for (int i = 0; i < 52; ++i) daemon.engine().submit({.kind = "k", .queue = "q" + std::to_string(100 + i) + "\"\n\\"});
  const std::string text = metrics(daemon);
  CHECK(value(text, "jobsd_jobs{queue=\"q149\\\"\\n\\\\\",state=\"pending\"}") == 1);
  CHECK(text.find("q150") == std::string::npos);
  CHECK(value(text, "jobsd_jobs{queue=\"\",state=\"pending\"}") == 2);
}

TEST_CASE("webhooks are counted by the kind of answer", "[metrics]") {
  Receiver receiver;
  TestDaemon daemon;
  const Client client = daemon.organization();
  for (const std::string& url : {receiver.url(), std::string("http://127.0.0.1:1/hook")}) {
    nlohmann::json body = question();
    body["webhookUrl"] = url;
    daemon.submit(client, body);
    REQUIRE(daemon.claim().complete("done") == jobs::Finish::ok);
  }
  while (value(metrics(daemon), "jobsd_webhook_attempts_total{answer=\"2xx\"}") < 1 ||
         value(metrics(daemon), "jobsd_webhook_attempts_total{answer=\"none\"}") < 1) {
  }
  while (value(metrics(daemon), "jobsd_webhook_deliveries_pending") != 1) {
  }
  CHECK(value(metrics(daemon), "jobsd_webhook_attempts_total{answer=\"5xx\"}") == 0);
}

TEST_CASE("the process, its streams and its connections are counted", "[metrics]") {
  TestDaemon daemon;
  const std::string text = metrics(daemon);
  CHECK(value(text, "process_resident_memory_bytes") > 1e6);
  CHECK(value(text, "process_open_fds") > 3);
  CHECK(value(text, "process_max_fds") >= value(text, "process_open_fds"));
  CHECK(value(text, "process_cpu_seconds_total") >= 0);
  CHECK(value(text, "process_threads") > 1);
  CHECK(value(text, "process_start_time_seconds") > 1.6e9);
  CHECK(value(text, "jobsd_http_connections") >= 1);
  CHECK(value(text, "jobsd_event_streams") == 0);
  CHECK(value(text, "jobsd_queries") == 0);
  CHECK(value(text, "jobsd_draining") == 0);
  CHECK(value(text, "jobsd_store_writable") == 1);
}

TEST_CASE("from elsewhere the metrics are for a key of the organization that runs the server", "[metrics]") {
  TestDaemon daemon;
  CHECK(daemon.client("").get("/metrics").status == 200);
  CHECK(daemon.client("").get("/metrics", through_proxy).status == 401);
  CHECK(daemon.client("nonsense").get("/metrics", through_proxy).status == 401);
  CHECK(daemon.client(daemon.person("Ada").token).get("/metrics", through_proxy).status == 403);
  CHECK(daemon.client(daemon.outsider_key).get("/metrics", through_proxy).status == 403);
  CHECK(daemon.organization().get("/metrics", through_proxy).status == 200);
  for (const char* field : {"Forwarded", "X-Real-IP", "Via"}) {
    CHECK(daemon.client("").get("/metrics", {{field, "x"}}).status == 401);
  }
}

TEST_CASE("the metrics may be kept for those who have a key", "[metrics]") {
  TestDaemon daemon({.adjust = [](jobsd::Config& config) { config.api.metrics = jobsd::ApiConfig::Metrics::key; }});
  CHECK(daemon.client("").get("/metrics").status == 401);
  CHECK(daemon.organization().get("/metrics").status == 200);
}

TEST_CASE("nothing of users, tokens or prompts is in the metrics", "[metrics]") {
  TestDaemon daemon;
  const auto ada = daemon.person("Ada");
  daemon.submit(daemon.client(ada.token), question("how many boots"));
  const std::string text = metrics(daemon);
  for (const std::string& secret : {ada.id, ada.token, daemon.organization_id(), daemon.organization_key, std::string("Ada"),
                                    std::string("boots")}) {
    CHECK(text.find(secret) == std::string::npos);
  }
}

TEST_CASE("numbers are written so that they can be read", "[metrics]") {
  CHECK(jobsd::number_text(7) == "7");
  CHECK(jobsd::number_text(0.25) == "0.25");
  CHECK(jobsd::number_text(1.0 / 0.0) == "+Inf");
  CHECK(jobsd::number_text(0) == "0");
}
