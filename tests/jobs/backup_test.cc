// Backups: a copy that is made while the engine works is whole, is a store of its own, and replaces nothing.
#include <catch2/catch.hpp>
#include <set>
#include <thread>

#include "support/fault_vfs.h"
#include "test_engine.h"

using jobs::Errc;

namespace {

std::set<std::string> names_in(const std::filesystem::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.insert(entry.path().filename());
  return names;
}

Errc code_of_backup(jobs::Engine& engine, const std::filesystem::path& to) {
  try {
    engine.backup(to);
  } catch (const jobs::Error& error) {
    return static_cast<Errc>(error.code().value());
  }
  return {};
}

}  // namespace

TEST_CASE("a backup opens as a store with everything that was there", "[backup]") {
  TestEngine engine;
  const jobs::JobId done = engine->submit({.kind = "k", .payload = std::string(50'000, 'p')});
  CHECK(std::move(*engine->claim()).complete(jobs::Result{"summary", "output"}) == jobs::Finish::ok);
  const jobs::JobId running = engine->submit({.kind = "k", .max_attempts = 2});
  const auto run = engine->claim();
  std::vector<jobs::BackupProgress> steps;
  engine->backup(engine.folder / "copy.db", [&](const jobs::BackupProgress& step) { steps.push_back(step); });

  REQUIRE_FALSE(steps.empty());
  CHECK(steps.back().bytes_done == steps.back().bytes);
  CHECK(steps.back().bytes == static_cast<std::int64_t>(std::filesystem::file_size(engine.folder / "copy.db")));
  CHECK((std::filesystem::status(engine.folder / "copy.db").permissions() & std::filesystem::perms::others_all) ==
        std::filesystem::perms::none);
  // The store goes on, and the copy does not see it.
  const jobs::JobId later = engine->submit({.kind = "k"});

  jobs::Engine copy({.path = engine.folder / "copy.db", .clock = &engine.clock});
  CHECK(copy.check_integrity().empty());
  CHECK(copy.find(done)->payload == std::string(50'000, 'p'));
  CHECK(copy.output(done) == "output");
  CHECK(copy.events(done).size() == 3);
  CHECK(copy.find(running)->state == jobs::State::pending);
  CHECK_FALSE(copy.find(later));
  CHECK(copy.submit({.kind = "k"}).created());
}

TEST_CASE("a backup that is made while jobs come and go is the file of one moment", "[backup]") {
  TestEngine engine;
  std::vector<jobs::JobSpec> many(2'000, {.kind = "k", .payload = std::string(2'000, 'x')});
  engine->submit_all(many);
  std::atomic<bool> over = false;
  std::thread others([&] {
    while (!over) {
      engine->submit_all(std::vector<jobs::JobSpec>(10, {.kind = "k"}));  // ten or none are there
      if (auto claim = engine->claim()) static_cast<void>(std::move(*claim).complete(jobs::Result{}));
    }
  });
  std::int64_t bytes = 0;
  int pieces = 0;
  engine->backup(engine.folder / "copy.db", [&](const jobs::BackupProgress& step) {
    if (bytes != 0) CHECK(step.bytes == bytes);  // it did not begin again
    bytes = step.bytes;
    ++pieces;
    const jobs::JobId meanwhile = engine->submit({.kind = "k"});  // nor does the writer wait for it
    CHECK(engine->find(meanwhile));
  });
  over = true;
  others.join();
  CHECK(pieces > 1);
  jobs::Engine copy({.path = engine.folder / "copy.db", .clock = &engine.clock});
  CHECK(copy.check_integrity().empty());
  std::int64_t jobs_in_copy = 0;
  copy.read([&](jobs::Reader& reader) {
    reader.query("SELECT count(*) FROM jobs", {}, [&](const jobs::Row& row) { jobs_in_copy = row.integer(0); });
  });
  CHECK(jobs_in_copy % 10 == 0);
}

TEST_CASE("a backup replaces nothing", "[backup]") {
  TestEngine engine;
  engine->submit({.kind = "k"});
  engine.folder.write("precious", "text");
  CHECK(code_of_backup(*engine, engine.folder / "precious") == Errc::exists);
  CHECK(contents(engine.folder / "precious") == "text");
  CHECK(code_of_backup(*engine, engine.options().path) == Errc::exists);
  // One that comes while the copy is made.
  CHECK_THROWS_AS(engine->backup(engine.folder / "late", [&](const auto&) { engine.folder.write("late", "text"); }),
                  jobs::Error);
  CHECK(contents(engine.folder / "late") == "text");
  CHECK(names_in(engine.folder.path()) == std::set<std::string>{"jobs.db", "jobs.db-wal", "jobs.db-shm", "jobs.db.lock",
                                                               "precious", "late"});
}

TEST_CASE("a backup that fails leaves nothing behind", "[backup]") {
  FaultVfs disk;
  TestEngine engine;
  engine->submit_all(std::vector<jobs::JobSpec>(2'000, {.kind = "k", .payload = std::string(2'000, 'x')}));
  const auto before = names_in(engine.folder.path());

  SECTION("at any call to a full disk") {
    disk.arm(FaultVfs::Mode::none, 0, 0, {FaultVfs::Call::write});
    engine->backup(engine.folder / "whole.db");
    const int calls = disk.calls();
    REQUIRE(calls > 100);
    for (const int nth : {1, 2, calls / 2, calls}) {
      INFO("write " << nth << " of " << calls);
      disk.arm(FaultVfs::Mode::fail_from, nth, SQLITE_FULL, {FaultVfs::Call::write});
      CHECK(code_of_backup(*engine, engine.folder / "copy.db") == Errc::disk_full);
      disk.disarm();
      CHECK_FALSE(std::filesystem::exists(engine.folder / "copy.db"));
    }
    std::filesystem::remove(engine.folder / "whole.db");
  }
  SECTION("at an error of the disk") {
    disk.arm(FaultVfs::Mode::fail_once, 1, SQLITE_IOERR, {FaultVfs::Call::sync});
    CHECK(code_of_backup(*engine, engine.folder / "copy.db") == Errc::io);
    disk.disarm();
  }
  SECTION("when its caller has had enough") {
    CHECK_THROWS_AS(engine->backup(engine.folder / "copy.db", [](const auto&) { throw std::runtime_error("enough"); }),
                    std::runtime_error);
  }
  SECTION("where there is no folder") {
    CHECK(code_of_backup(*engine, engine.folder / "none" / "copy.db") == Errc::io);
    CHECK_THROWS_AS(engine->backup({}), std::invalid_argument);
    CHECK_THROWS_AS(engine->backup(engine.folder / "folder/"), std::invalid_argument);
  }
  CHECK(names_in(engine.folder.path()) == before);
  CHECK(engine->submit({.kind = "k"}).created());
}
