// Files that earlier releases left: each opens, with everything that is in it, and works on under the newest schema.
//
// tests/jobs/golden/schema_N.sql is a file of schema N: one job in each state, one that waits for its moment, a step, a
// result, a webhook with a sealed secret, and a schedule and tags where that schema has them.
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include <SQLiteCpp/SQLiteCpp.h>

#include "test_engine.h"

using namespace std::chrono_literals;
using jobs::State;

namespace {

std::filesystem::path golden(int schema) {
  return std::filesystem::path(GOLDEN_FILES) / ("schema_" + std::to_string(schema) + ".sql");
}

void restore(int schema, const std::filesystem::path& path) {
  std::ifstream text(golden(schema));
  REQUIRE(text);
  std::ostringstream sql;
  sql << text.rdbuf();
  SQLite::Database(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(sql.str());
}

int schema_of(const std::filesystem::path& path) {
  return SQLite::Database(path.string(), SQLite::OPEN_READWRITE).execAndGet("PRAGMA user_version").getInt();
}

// What is in a file, without the indexes that SQLite makes by itself.
std::vector<std::string> definitions(const std::filesystem::path& path) {
  SQLite::Database file(path.string(), SQLite::OPEN_READWRITE);
  SQLite::Statement row(file, "SELECT name || ': ' || sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name");
  std::vector<std::string> found;
  while (row.executeStep()) found.push_back(row.getColumn(0).getString());
  return found;
}

jobs::Options options() {
  std::array<std::byte, 32> key = {};
  key.fill(std::byte{7});
  return {.secret_key = key};
}

}  // namespace

TEST_CASE("a file of each earlier schema opens with all that was in it", "[migration]") {
  TestEngine fresh(options());
  fresh.close();
  const int newest = schema_of(fresh.options().path);
  REQUIRE(newest >= 2);
  // A schema that was released and has no golden file fails here.
  const int schema = GENERATE_COPY(range(1, newest));
  INFO("schema " << schema);

  TestEngine engine(options());
  engine.close();
  std::filesystem::remove(engine.options().path);
  restore(schema, engine.options().path);
  REQUIRE(schema_of(engine.options().path) == schema);
  engine.open();

  std::map<std::string, jobs::Job> by_kind;
  for (const jobs::Job& job : engine->list()) by_kind.emplace(job.kind, job);
  REQUIRE(by_kind.size() == (schema >= 3 ? 7 : 6));
  const jobs::Job& complete = by_kind.at("complete");
  CHECK(complete.state == State::complete);
  CHECK(complete.payload == "p1");
  CHECK(complete.metadata == "note");
  CHECK(complete.summary == "done");
  CHECK(complete.tags.empty());
  CHECK(complete.trace.empty());
  CHECK(engine->output(complete.id) == "the output");
  CHECK(engine->events(complete.id).size() == 5);
  const auto deliveries = engine->deliveries(complete.id);
  REQUIRE(deliveries.size() == 1);
  CHECK(deliveries.front().url == "https://receiver.example/hook");
  CHECK(by_kind.at("failed").state == State::failed);
  CHECK(by_kind.at("failed").failure->code == "broken");
  CHECK(by_kind.at("cancelled").state == State::cancelled);
  CHECK(by_kind.at("cancelled").cancelled_by == "someone");
  // Its process is gone.
  CHECK(by_kind.at("running").state == State::pending);
  CHECK(by_kind.at("running").failure->code == "worker_lost");
  CHECK(by_kind.at("pending").state == State::pending);

  // It works on.
  CHECK_FALSE(engine->submit({.kind = "k", .unique_key = "only"}).created());
  auto claim = engine->claim();
  REQUIRE(claim);
  CHECK(claim->job().kind == "pending");
  CHECK(std::move(*claim).complete("done") == jobs::Finish::ok);
  claim = engine->claim();
  REQUIRE(claim);
  CHECK(claim->job().kind == "running");
  CHECK(claim->step("step") == "kept");
  CHECK(claim->payload() == std::string(3000, 'x'));
  CHECK(std::move(*claim).complete("done") == jobs::Finish::ok);
  engine.clock.advance(2h);
  engine->run_timers();
  CHECK(engine->list({.state = State::pending}).size() == static_cast<std::size_t>(schema));
  if (schema >= 2) CHECK(engine->find_schedule("hourly")->last_job);
  if (schema >= 3) CHECK(engine->list({.tag = "blue"}).front().trace == by_kind.at("tagged").trace);
  const jobs::JobId tagged = engine->submit({.kind = "k", .tags = {"new"}});
  CHECK(engine->list({.tag = "new"}).front().id == tagged);

  // And is the same file that the newest schema would have made.
  engine.close();
  CHECK(schema_of(engine.options().path) == newest);
  CHECK(definitions(engine.options().path) == definitions(fresh.options().path));
}
