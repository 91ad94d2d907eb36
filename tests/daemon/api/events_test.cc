// The log of a job, as pages and as a stream.
#include <catch2/catch.hpp>
#include <future>
#include <thread>

#include "test_daemon.h"

using nlohmann::json;

namespace {

std::vector<std::string> types(const json& body) {
  std::vector<std::string> found;
  for (const json& event : body.at("data")) found.push_back(event.at("type"));
  return found;
}

}  // namespace

TEST_CASE("every event of a job is listed, in order, with rising ids", "[events]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string job = daemon.submit(client);
  const std::string path = jobs_path + "/" + job + "/events";
  json body = client.get(path).json();
  CHECK(types(body) == std::vector<std::string>{"created"});
  CHECK(body.at("done") == false);

  auto run = daemon.claim();
  CHECK(run.progress(1, "Reading") == jobs::Finish::ok);
  CHECK(run.store_step("query 1", "{}") == jobs::Finish::ok);
  CHECK(std::move(run).complete("done") == jobs::Finish::ok);
  body = client.get(path).json();
  CHECK(types(body) == std::vector<std::string>{"created", "started", "progress", "step", "completed"});
  CHECK(body.at("done") == true);
  for (std::size_t i = 1; i < body.at("data").size(); ++i) {
    CHECK(body.at("data")[i].at("id").get<std::int64_t>() > body.at("data")[i - 1].at("id").get<std::int64_t>());
  }
  CHECK(body.at("data")[2].at("data").at("message") == "Reading");
  CHECK(body.at("lastId") == body.at("data").back().at("id"));

  const std::string second = std::to_string(body.at("data")[1].at("id").get<std::int64_t>());
  CHECK(types(client.get(path + "?after=" + second).json()) == std::vector<std::string>{"progress", "step", "completed"});
  CHECK(client.get(path + "?after=-1").status == 400);
  CHECK(client.get(path + "?wait=61").status == 400);
}

TEST_CASE("a page that is waited for comes with the next event", "[events]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string job = daemon.submit(client);
  const std::string path = jobs_path + "/" + job + "/events";
  const std::string last = std::to_string(client.get(path).json().at("lastId").get<std::int64_t>());
  auto held = std::async(std::launch::async, [&] { return client.get(path + "?wait=60&after=" + last); });
  auto run = daemon.claim();
  const json body = held.get().json();
  REQUIRE_FALSE(body.at("data").empty());
  CHECK(body.at("data")[0].at("type") == "started");
}

TEST_CASE("a stream sends every event once and ends after the last", "[events]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string job = daemon.submit(client);
  const std::string path = jobs_path + "/" + job + "/events";
  const json created = client.get(path).json().at("data")[0];
  auto streamed =
      std::async(std::launch::async, [&] { return client.get(path, {{"Accept", "text/event-stream"}}); });
  auto run = daemon.claim();
  CHECK(run.progress(1, "two\nlines") == jobs::Finish::ok);
  CHECK(std::move(run).complete("done") == jobs::Finish::ok);
  const Reply reply = streamed.get();
  CHECK(reply.status == 200);
  CHECK(reply.header("Content-Type") == "text/event-stream");
  const auto log = nlohmann::ordered_json::parse(client.get(path).body);
  std::string expected;
  for (const auto& event : log.at("data")) {
    expected += "id: " + event.at("id").dump() + "\nevent: " + event.at("type").get<std::string>() +
                "\ndata: " + event.dump() + "\n\n";
  }
  CHECK(reply.body == expected);

  const Reply resumed =
      client.get(path, {{"Accept", "text/event-stream"}, {"Last-Event-ID", created.at("id").dump()}});
  CHECK(expected.size() > resumed.body.size());
  CHECK(expected.substr(expected.size() - resumed.body.size()) == resumed.body);
  CHECK(resumed.body.rfind("id: " + log.at("data")[1].at("id").dump() + "\nevent: started", 0) == 0);
  CHECK(client.get(path, {{"Accept", "text/event-stream"}, {"Last-Event-ID", "x"}}).status == 400);
}

TEST_CASE("a stream of a cancelled job ends with its cancellation", "[events]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string job = daemon.submit(client);
  auto streamed = std::async(std::launch::async, [&] {
    return client.get(jobs_path + "/" + job + "/events", {{"Accept", "text/event-stream"}});
  });
  client.post(jobs_path + "/" + job + "/cancel", {});
  CHECK(streamed.get().body.find("event: cancelled\n") != std::string::npos);
}

TEST_CASE("all streams of a job get all its events, however fast they come", "[events]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string path = jobs_path + "/" + daemon.submit(client) + "/events";
  std::vector<std::future<Reply>> streams;
  for (int i = 0; i < 4; ++i) {
    streams.push_back(std::async(std::launch::async, [&] { return client.get(path, {{"Accept", "text/event-stream"}}); }));
  }
  auto run = daemon.claim();
  while (daemon.streams() < 4) std::this_thread::yield();
  // More at once than a stream is told of before it looks into the log again.
  for (int i = 1; i <= 300; ++i) REQUIRE(run.progress(i, std::to_string(i)) == jobs::Finish::ok);
  REQUIRE(std::move(run).complete("done") == jobs::Finish::ok);

  std::string expected;
  const auto log = nlohmann::ordered_json::parse(client.get(path).body).at("data");
  const std::string last = std::to_string(log.back().at("id").get<std::int64_t>());
  const auto rest = nlohmann::ordered_json::parse(client.get(path + "?after=" + last).body).at("data");
  for (const auto* const events : {&log, &rest}) {
    for (const auto& event : *events) {
      expected += "id: " + event.at("id").dump() + "\nevent: " + event.at("type").get<std::string>() + "\ndata: " + event.dump() + "\n\n";
    }
  }
  for (auto& stream : streams) CHECK(stream.get().body == expected);
}
