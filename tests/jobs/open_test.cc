// Opening a file: whose it is, who owns it, and which schema it has. What cannot be opened is left untouched.
#include <catch2/catch.hpp>
#include <fstream>

#include <SQLiteCpp/SQLiteCpp.h>

#include "test_engine.h"

namespace {

jobs::Errc code_of_opening(const std::filesystem::path& path, std::vector<jobs::Migration> migrations = {}) {
  try {
    jobs::Engine engine({.path = path, .migrations = std::move(migrations)});
  } catch (const jobs::Error& error) {
    return static_cast<jobs::Errc>(error.code().value());
  }
  return {};
}

}  // namespace

TEST_CASE("a second engine on the same file is refused, and the first goes on", "[open]") {
  TestEngine engine;
  CHECK(code_of_opening(engine.options().path) == jobs::Errc::in_use);
  CHECK(engine->submit({.kind = "k"}).created());
  engine.close();
  CHECK(code_of_opening(engine.options().path) == jobs::Errc{});
}

TEST_CASE("a file that is not ours is left untouched", "[open]") {
  TemporaryFolder folder;
  std::ofstream(folder / "text") << std::string(200, 'x');
  {
    SQLite::Database other((folder / "other.db").string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    other.exec("CREATE TABLE t (a)");
  }
  for (const char* const name : {"text", "other.db"}) {
    const std::string before = contents(folder / name);
    CHECK(code_of_opening(folder / name) == jobs::Errc::wrong_file);
    CHECK(contents(folder / name) == before);
  }
}

TEST_CASE("a file of a newer release is left untouched", "[open]") {
  TestEngine engine;
  engine.close();
  {
    SQLite::Database file(engine.options().path.string(), SQLite::OPEN_READWRITE);
    file.exec("PRAGMA journal_mode = DELETE");
    file.exec("PRAGMA user_version = 9999");
  }
  const std::string before = contents(engine.options().path);
  CHECK(code_of_opening(engine.options().path) == jobs::Errc::wrong_file);
  CHECK(contents(engine.options().path) == before);
}

TEST_CASE("an embedder's migrations run once each, in order", "[open]") {
  TestEngine engine({.migrations = {{1, "one", "CREATE TABLE t (a); INSERT INTO t VALUES (1)"}}});
  engine.options().migrations.push_back({2, "two", "INSERT INTO t VALUES (2)"});
  engine.reopen();
  engine.reopen();
  std::int64_t sum = 0;
  engine->read([&](jobs::Reader& reader) {
    reader.query("SELECT sum(a) FROM t", {}, [&](const jobs::Row& row) { sum = row.integer(0); });
  });
  CHECK(sum == 3);
  engine.close();
  CHECK(code_of_opening(engine.options().path) == jobs::Errc::wrong_file);
}

TEST_CASE("a migration that fails leaves the file as it was", "[open]") {
  TestEngine engine;
  engine.close();
  CHECK_THROWS_AS(jobs::Engine({.path = engine.options().path,
                                .migrations = {{1, "bad", "CREATE TABLE good (a); INSERT INTO nowhere VALUES (1)"}}}),
                  jobs::Error);
  engine.options().migrations = {{1, "good", "CREATE TABLE good (a)"}};
  engine.open();
  CHECK(engine->list().empty());
}

TEST_CASE("options that make no sense are refused before any file is made", "[open]") {
  TemporaryFolder folder;
  CHECK_THROWS_AS(jobs::Engine({}), std::invalid_argument);
  CHECK_THROWS_AS(jobs::Engine({.path = folder / "a", .lease = std::chrono::milliseconds(999)}), std::invalid_argument);
  CHECK_THROWS_AS(jobs::Engine({.path = folder / "a", .group_max = 0}), std::invalid_argument);
  CHECK_THROWS_AS(jobs::Engine({.path = folder / "a", .migrations = {{2, "x", ""}}}), std::invalid_argument);
  CHECK(std::filesystem::is_empty(folder.path()));
  CHECK(code_of_opening(folder / "no" / "such" / "folder") == jobs::Errc::io);
}

TEST_CASE("a file written under a killed process opens with all that was acknowledged", "[open]") {
  TestEngine engine;
  const jobs::JobId id = engine->submit({.kind = "k"});
  // What a crash leaves: the file and its log, without the clean-up of closing.
  TemporaryFolder copy;
  for (const char* const suffix : {"", "-wal"}) {
    std::filesystem::copy_file(engine.options().path.string() + suffix, (copy / "jobs.db").string() + suffix);
  }
  jobs::Engine after({.path = copy / "jobs.db"});
  CHECK(after.find(id));
}
