// Stopping: what is still answered meanwhile, what is handed back, and that held requests end.
#include <catch2/catch.hpp>
#include <future>
#include <system_error>

#include "test_daemon.h"

using nlohmann::json;

namespace {

// A job that runs until it is told to stop.
std::string start_endless(TestDaemon& daemon, const Client& client) {
  const std::string job = daemon.submit(client, question("total item"));
  while (true) {
    const json found = client.get(jobs_path + "/" + job, {{"Prefer", "wait=1"}}).json();
    INFO(found);
    REQUIRE((found.at("state") == "PENDING" || found.at("state") == "RUNNING"));
    if (found.at("state") == "RUNNING") return job;
  }
}

Setup one_worker(std::chrono::milliseconds grace) {
  return {.workers = 1, .adjust = [grace](jobsd::Config& config) { config.stop_grace = grace; }};
}

}  // namespace

TEST_CASE("while running jobs are given time, new ones and readiness are 503 and all else is answered", "[stop]") {
  TestDaemon daemon(one_worker(std::chrono::minutes(1)));
  const Client client = daemon.organization();
  const std::string job = start_endless(daemon, client);
  CHECK(client.get("/readyz").status == 200);

  daemon.begin_stop();
  Reply ready = client.get("/readyz");
  while (ready.status == 200) ready = client.get("/readyz");
  CHECK(ready.status == 503);
  CHECK(ready.code() == "draining");
  const Reply refused = client.post(jobs_path, question());
  CHECK(refused.status == 503);
  CHECK(refused.header("Retry-After"));
  CHECK(client.get("/healthz").status == 200);
  CHECK(client.get(jobs_path + "/" + job).json().at("state") == "RUNNING");
  // It ends, and with it the stop.
  CHECK(client.post(jobs_path + "/" + job + "/cancel", {}).status == 200);
}

TEST_CASE("a running job is handed back by a stop and loses no attempt", "[stop]") {
  TestDaemon daemon(one_worker(std::chrono::milliseconds(0)));
  const std::string job = start_endless(daemon, daemon.organization());
  daemon.stop();
  daemon.config.workers = 0;
  daemon.start();
  CHECK(daemon.organization().get(jobs_path + "/" + job).json().at("state") == "PENDING");
  const auto found = daemon.engine().find(*jobs::JobId::parse(job));
  REQUIRE(found);
  CHECK(found->attempts_returned == found->attempt);
}

TEST_CASE("a running query is cancelled within the query", "[stop]") {
  TestDaemon daemon(one_worker(std::chrono::milliseconds(0)));
  const Client client = daemon.organization();
  const std::string job = start_endless(daemon, client);
  CHECK(client.post(jobs_path + "/" + job + "/cancel", {}).status == 200);
  CHECK(daemon.ended(client, job).at("state") == "CANCELLED");
}

TEST_CASE("a stream that a stop ends says so, after every event that came before", "[stop]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string job = daemon.submit(client);
  auto streamed = std::async(std::launch::async, [&] {
    return client.get(jobs_path + "/" + job + "/events", {{"Accept", "text/event-stream"}}).body;
  });
  while (daemon.streams() == 0) std::this_thread::yield();
  daemon.stop();
  const std::string body = streamed.get();
  INFO(body);
  CHECK(body.find("event: created\n") != std::string::npos);
  CHECK(body.ends_with("\n\n: the server is stopping; connect again with Last-Event-ID\nretry: 5000\n\n"));
}

TEST_CASE("held requests and streams end when the daemon stops", "[stop]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string job = daemon.submit(client);
  const std::string path = jobs_path + "/" + job;
  // A client that comes too late is refused; one that was taken is answered.
  const auto status = [&](const std::string& target, const Fields& headers) {
    try {
      return client.get(target, headers).status;
    } catch (const std::system_error&) {
      return 0;
    }
  };
  auto held = std::async(std::launch::async, [&] { return status(path, {{"Prefer", "wait=60"}}); });
  auto streamed =
      std::async(std::launch::async, [&] { return status(path + "/events", {{"Accept", "text/event-stream"}}); });
  daemon.stop();
  const int held_status = held.get();
  CHECK((held_status == 200 || held_status == 0));
  const int stream_status = streamed.get();
  CHECK((stream_status == 200 || stream_status == 0));
}
