// What a running jobsd does when it is told to end, and told again.
#include <sqlite3.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "daemon/admin/serving.h"

namespace {

const std::string model = "770e8400-e29b-41d4-a716-446655440002";

// A database with a question that is never answered, and a stop that would wait an hour for it.
struct Endless {
  TemporaryFolder folder;
  std::string config;
  std::string token;

  Endless() {
    sqlite3* database = nullptr;
    sqlite3_open((folder / "data.db").c_str(), &database);
    sqlite3_exec(database,
                 "CREATE VIEW endless AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS item FROM n",
                 nullptr, nullptr, nullptr);
    sqlite3_close(database);
    config = folder.write("jobsd.yaml", "listen: 127.0.0.1:0\nstop_grace: 1h\nconnections: {c: {driver: sqlite, path: data.db}}\n"
                                        "analyst: {query_time: 1h}\nmodels: [{id: " + model + ", name: m, connection: c}]\n");
    token = run_jobsd({"key", "create", "--config", config, "--kind", "organization"}).out;
    token.erase(token.find_last_not_of('\n') + 1);
  }

  std::string question() const {
    const std::string body = R"({"modelId": ")" + model + R"(", "prompt": "total item"})";
    return "POST /api/v1/ai/jobs HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nAuthorization: Bearer " +
           token + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
};

TEST_CASE("a first SIGTERM waits for running jobs, a second ends jobsd at once", "[stop]") {
  const Endless endless;
  Serving jobsd(endless.config);
  REQUIRE(jobsd.ask(endless.question()).starts_with("HTTP/1.1 201 "));
  jobsd.await_log("answering, attempt 1");
  jobsd.signal(SIGTERM);
  jobsd.await_log("stopping");
  CHECK(jobsd.ask(endless.question()).starts_with("HTTP/1.1 503 "));
  jobsd.signal(SIGTERM);
  CHECK(jobsd.exit_status() == 128 + SIGTERM);
  // What was running is found again, and stops as before.
  Serving again(endless.config);
  again.await_log("answering, attempt 2");
  again.signal(SIGINT);
  again.await_log("stopping");
  again.signal(SIGTERM);
  CHECK(again.exit_status() == 128 + SIGTERM);
}

TEST_CASE("without anything to wait for a SIGTERM ends jobsd with 0", "[stop]") {
  const Endless endless;
  Serving jobsd(endless.config);
  jobsd.signal(SIGTERM);
  CHECK(jobsd.exit_status() == 0);
}

}  // namespace
