// The API's description and the API. Every answer in these tests is held against it too (client.cc).
#include <catch2/catch.hpp>
#include <set>

#include "api/service.h"
#include "openapi_document.h"
#include "support/temporary_folder.h"
#include "test_daemon.h"

TEST_CASE("every route is described, and every description is a route", "[openapi]") {
  std::set<std::string> served;
  for (const jobsd::Route& route : jobsd::routes()) {
    served.insert(std::string(route.method) + " " + std::string(route.path));
  }
  std::set<std::string> described;
  for (const auto& [operation, statuses] : described_operations()) described.insert(operation);
  CHECK(served == described);
}

TEST_CASE("a route that asks for a token describes 401, and 429 where tokens are limited; an open one does not", "[openapi]") {
  for (const jobsd::Route& route : jobsd::routes()) {
    const std::string operation = std::string(route.method) + " " + std::string(route.path);
    INFO(operation);
    using Access = jobsd::Route::Access;
    CHECK((described_operations().at(operation).count(401) == 1) == (route.access != Access::open));
    CHECK((described_operations().at(operation).count(429) == 1) == (route.access == Access::token));
  }
}

TEST_CASE("the description is served without a token", "[openapi]") {
  TestDaemon daemon;
  const Reply reply = daemon.client("").get("/api/openapi.yaml");
  CHECK(reply.status == 200);
  CHECK(reply.header("Content-Type") == "application/yaml");
  CHECK(reply.body == contents(OPENAPI_FILE));
}

TEST_CASE("health and readiness are answered without a token", "[openapi]") {
  TestDaemon daemon;
  CHECK(daemon.client("").get("/healthz").json().at("status") == "ok");
  CHECK(daemon.client("").get("/readyz").json().at("status") == "ready");
}
