// A disk that fails or loses power: what was acknowledged is there afterwards, and nothing is half there.
//
// A fixed workload is run once to count its calls to the disk, then once for each of them with that call failing, or with
// the power cut at it. After each the file is opened again on a good disk and compared with the log of what was answered.
#include <catch2/catch.hpp>
#include <random>

#include "jobs/engine.h"
#include "support/fault_vfs.h"
#include "support/long_run.h"
#include "support/manual_clock.h"
#include "support/temporary_folder.h"
#include "support/whole_store.h"

using Call = FaultVfs::Call;
using Mode = FaultVfs::Mode;

namespace {

// What the engine said, and so must know after any accident.
struct Acknowledged {
  std::map<jobs::JobId, std::string> submitted;
  std::map<jobs::JobId, std::string> completed;
  std::map<jobs::JobId, std::string> steps;
  std::map<jobs::JobId, std::string> signals;
  std::set<jobs::JobId> cancelled;
  int notes = 0;
};

jobs::Options options(const std::filesystem::path& path, ManualClock& clock) {
  return {.path = path,
          .migrations = {{1, "notes", "CREATE TABLE notes (job INTEGER NOT NULL) STRICT"}},
          // Small, so that the workload meets checkpoints.
          .checkpoint_bytes = 64 * 1024,
          .clock = &clock,
          .random = [generator = std::mt19937_64(11)]() mutable { return generator(); }};
}

constexpr int submissions = 6;

// Does one thing after the other, and notes each only after the engine has answered. Ends at the first error.
void work(jobs::Engine& engine, Acknowledged& said) {
  for (int i = 0; i < submissions; ++i) {
    const std::string payload(i % 4 == 3 ? 9'000 : 20, static_cast<char>('a' + i));
    const jobs::JobId id = engine.submit({.kind = "k", .payload = payload});
    said.submitted.emplace(id, payload);
    auto claim = engine.claim();
    if (!claim) throw std::logic_error("nothing to claim");
    if (i % 3 == 0) {
      if (engine.cancel(id)) said.cancelled.insert(id);
      static_cast<void>(std::move(*claim).complete("unused"));
      continue;
    }
    if (i == 2) {
      // It waits for a child, and has a signal when it goes on.
      if (!claim->submit("c", {.kind = "child", .queue = "children"})) throw std::logic_error("no child");
      static_cast<void>(std::move(*claim).suspend(jobs::WaitForChildren{}));
      if (engine.signal(id, "go", payload) == jobs::Signalled::stored) said.signals.emplace(id, payload);
      static_cast<void>(std::move(*engine.claim({.queue = "children"})).complete("child"));
      claim = engine.claim();
      if (!claim) throw std::logic_error("its wait did not end");
    }
    if (claim->store_step("s", "step of " + payload) == jobs::Finish::ok) said.steps.emplace(id, "step of " + payload);
    const std::string summary = "result of " + payload;
    if (std::move(*claim).complete(summary) == jobs::Finish::ok) said.completed.emplace(id, summary);
    engine.transact([&](jobs::Transaction& tx) {
      const jobs::JobId child = tx.submit({.kind = "other", .queue = "other"});
      tx.execute("INSERT INTO notes (job) VALUES (?1)", {child.number()});
    });
    ++said.notes;
    if (!engine.find(id)) throw std::logic_error("what was submitted is not there");
  }
}

// One thing more than was acknowledged may be there: the one that was on its way.
void check(const std::filesystem::path& path, const Acknowledged& said) {
  ManualClock clock;
  {
    jobs::Engine engine(options(path, clock));
    for (const auto& [id, payload] : said.submitted) {
      const auto job = engine.find(id);
      REQUIRE(job);
      CHECK(job->payload == payload);
      const auto events = engine.events(id);
      REQUIRE_FALSE(events.empty());
      CHECK(events.front().type == jobs::EventType::created);
    }
    for (const auto& [id, summary] : said.completed) {
      CHECK(engine.find(id)->state == jobs::State::complete);
      CHECK(engine.find(id)->summary == summary);
      CHECK(engine.events(id).back().type == jobs::EventType::completed);
    }
    for (const auto& id : said.cancelled) CHECK(engine.find(id)->state == jobs::State::cancelled);
    for (const auto& [id, payload] : said.signals) {
      engine.read([&](jobs::Reader& reader) {
        std::string stored;
        reader.query("SELECT payload FROM signals WHERE job = ?1", {id.number()}, [&](const jobs::Row& row) { stored = row.text(0); });
        CHECK(stored == payload);
      });
    }
    // The embedder's row and its job are both there or both missing.
    std::int64_t notes = 0;
    engine.read([&](jobs::Reader& reader) {
      reader.query("SELECT count(*) FROM notes", {}, [&](const jobs::Row& row) { notes = row.integer(0); });
    });
    CHECK(notes == static_cast<std::int64_t>(engine.list({.queue = "other", .limit = 1000}).size()));
    CHECK(notes >= said.notes);
    CHECK(notes <= said.notes + 1);
    const auto found = engine.list({.queue = "default", .limit = 1000}).size();
    CHECK(found >= said.submitted.size());
    CHECK(found <= said.submitted.size() + 1);
    // And it works again.
    CHECK(engine.submit({.kind = "after"}).created());
  }
  CHECK(broken_rule(path) == "");
}

// Runs the workload on a bad disk; an exception is what an embedder would see.
Acknowledged run(FaultVfs& disk, const std::filesystem::path& path, Mode mode, int nth, int error,
                 const std::set<Call>& which) {
  Acknowledged said;
  ManualClock clock;
  disk.disarm();
  jobs::Engine engine(options(path, clock));
  disk.arm(mode, nth, error, which);
  try {
    work(engine, said);
  } catch (const jobs::Error&) {
  }
  const bool struck = disk.struck();
  if (struck && mode == Mode::fail_once) {
    // A refused engine refuses for good; any other goes on when the disk does.
    if (engine.writable()) {
      CHECK_NOTHROW(said.submitted.emplace(engine.submit({.kind = "k", .payload = "on"}), "on"));
    } else {
      CHECK_THROWS_AS(engine.submit({.kind = "k"}), jobs::Error);
    }
  }
  return said;
}

int calls_of_workload(FaultVfs& disk, const std::set<Call>& which) {
  TemporaryFolder folder;
  const Acknowledged said = run(disk, folder / "jobs.db", Mode::none, 0, 0, which);
  const int calls = disk.calls();
  disk.disarm();
  REQUIRE(said.submitted.size() == submissions);
  REQUIRE(calls > 0);
  return calls;
}

// Runs the workload once for each call of a kind, with that one failing.
void fail_each(Call call, int error) {
  FaultVfs disk;
  TemporaryFolder counting;
  run(disk, counting / "jobs.db", Mode::none, 0, 0, {call});
  const int calls = disk.calls();
  INFO("kind of call " << static_cast<int>(call));
  REQUIRE(calls > 0);
  for (int nth = 1; nth <= calls; nth += one_in) {
    TemporaryFolder folder;
    const Acknowledged said = run(disk, folder / "jobs.db", Mode::fail_once, nth, error, {call});
    CHECK(disk.struck());
    disk.disarm();
    INFO("call " << static_cast<int>(call) << " number " << nth << " of " << calls << " with error " << error);
    check(folder / "jobs.db", said);
  }
}

}  // namespace

TEST_CASE("any one read or write of the disk may fail, and nothing acknowledged is lost", "[fault]") {
  const auto [call, error] = GENERATE(table<Call, int>({{Call::write, SQLITE_IOERR},
                                                        {Call::write, SQLITE_FULL},
                                                        {Call::sync, SQLITE_IOERR},
                                                        {Call::read, SQLITE_IOERR},
                                                        {Call::truncate, SQLITE_IOERR}}));
  fail_each(call, error);
}

TEST_CASE("any one open, size or lock of a file may fail, and nothing acknowledged is lost", "[fault]") {
  fail_each(GENERATE(Call::open, Call::size, Call::lock, Call::shm_map, Call::shm_lock), SQLITE_IOERR);
}

TEST_CASE("the power may go at any call, and nothing acknowledged is lost", "[fault]") {
  FaultVfs disk;
  const std::set<Call> which = {Call::write, Call::sync, Call::truncate};
  const int calls = calls_of_workload(disk, which);
  // How often each moment is tried, with other parts of what was not synced lost or torn.
  const std::uint64_t images = long_run() ? 10 : 1;
  for (int nth = 1; nth <= calls; nth += one_in) {
    TemporaryFolder folder;
    const Acknowledged said = run(disk, folder / "jobs.db", Mode::fail_from, nth, SQLITE_IOERR, which);
    disk.disarm();
    for (std::uint64_t seed = 1; seed <= images; ++seed) {
      TemporaryFolder after;
      disk.power_cut_image(folder.path(), after.path(), seed * 1000 + static_cast<std::uint64_t>(nth));
      INFO("power cut at call " << nth << " of " << calls << ", seed " << seed);
      check(after / "jobs.db", said);
    }
  }
}

TEST_CASE("a commit whose sync fails answers nobody ok, and the engine refuses from then on", "[fault]") {
  FaultVfs disk;
  TemporaryFolder folder;
  ManualClock clock;
  jobs::Engine engine(options(folder / "jobs.db", clock));
  CHECK(engine.submit({.kind = "k"}).created());
  disk.arm(Mode::fail_once, 1, SQLITE_IOERR, {Call::sync});
  try {
    engine.submit({.kind = "k"});
    FAIL("it was acknowledged");
  } catch (const jobs::Error& error) {
    CHECK(error.code() == jobs::Errc::store_failed);
  }
  CHECK_FALSE(engine.writable());
  // Whatever writes is refused, also now that the disk is well again.
  const auto code_of = [](const auto& call) {
    try {
      call();
    } catch (const jobs::Error& error) {
      return error.code();
    }
    return std::error_code();
  };
  CHECK(code_of([&] { engine.submit({.kind = "k"}); }) == jobs::Errc::store_failed);
  CHECK(code_of([&] { engine.submit_all(std::array{jobs::JobSpec{.kind = "k"}}); }) == jobs::Errc::store_failed);
  CHECK(code_of([&] { engine.submit_async({.kind = "k"}, [](auto, auto) {}); }) == jobs::Errc::store_failed);
  CHECK(code_of([&] { engine.transact([](auto&) {}); }) == jobs::Errc::store_failed);
  CHECK(code_of([&] { engine.cancel(engine.list().front().id); }) == jobs::Errc::store_failed);
  CHECK(code_of([&] { engine.claim(); }) == jobs::Errc::store_failed);
  // Reading still works.
  CHECK(engine.list().size() >= 1);
}

TEST_CASE("a full disk refuses, and takes writes again when there is room", "[fault]") {
  FaultVfs disk;
  TemporaryFolder folder;
  ManualClock clock;
  jobs::Engine engine(options(folder / "jobs.db", clock));
  CHECK(engine.submit({.kind = "k"}).created());
  disk.arm(Mode::fail_from, 1, SQLITE_FULL, {Call::write});
  try {
    engine.submit({.kind = "k"});
    FAIL("it was acknowledged");
  } catch (const jobs::Error& error) {
    CHECK(error.code() == jobs::Errc::disk_full);
  }
  CHECK(engine.writable());
  disk.disarm();
  CHECK(engine.submit({.kind = "k"}).created());
  CHECK(engine.list().size() == 2);
}

TEST_CASE("any one call may fail while a file is opened, and opening it again finds everything", "[fault]") {
  FaultVfs disk;
  TemporaryFolder before;
  Acknowledged said;
  ManualClock clock;
  // As a killed process leaves it: a job is running, and the log has not been moved into the file.
  TemporaryFolder left;
  {
    jobs::Engine engine(options(before / "jobs.db", clock));
    work(engine, said);
    const jobs::JobId id = engine.submit({.kind = "k", .payload = "running"});
    said.submitted.emplace(id, "running");
    REQUIRE(engine.claim());
    for (const char* const name : {"jobs.db", "jobs.db-wal"}) std::filesystem::copy_file(before / name, left / name);
  }
  int calls = 0;
  for (int nth = 0; nth <= calls; nth += one_in) {
    TemporaryFolder folder;
    for (const char* const name : {"jobs.db", "jobs.db-wal"}) std::filesystem::copy_file(left / name, folder / name);
    disk.arm(nth == 0 ? Mode::none : Mode::fail_once, nth, SQLITE_IOERR);
    try {
      const jobs::Engine engine(options(folder / "jobs.db", clock));
    } catch (const jobs::Error&) {
    }
    if (nth == 0) calls = disk.calls();
    disk.disarm();
    INFO("call number " << nth << " of " << calls);
    check(folder / "jobs.db", said);
  }
}

TEST_CASE("the power may go while a file is created, and what is left opens", "[fault]") {
  FaultVfs disk;
  ManualClock clock;
  const std::set<Call> which = {Call::write, Call::sync, Call::truncate};
  bool created = false;
  for (int nth = 1; !created; ++nth) {
    TemporaryFolder folder;
    disk.arm(Mode::fail_from, nth, SQLITE_IOERR, which);
    try {
      const jobs::Engine engine(options(folder / "jobs.db", clock));
      created = !disk.struck();
    } catch (const jobs::Error&) {
    }
    disk.disarm();
    for (std::uint64_t seed = 1; seed <= 1; ++seed) {
      TemporaryFolder after;
      disk.power_cut_image(folder.path(), after.path(), seed * 1000 + static_cast<std::uint64_t>(nth));
      INFO("power cut at call " << nth << ", seed " << seed);
      jobs::Engine engine(options(after / "jobs.db", clock));
      CHECK(engine.submit({.kind = "k"}).created());
      CHECK(engine.check_integrity().empty());
    }
  }
}

TEST_CASE("a file of zeros is ours to create only when a journal says so", "[fault]") {
  TemporaryFolder folder;
  ManualClock clock;
  folder.write("jobs.db", std::string(8192, '\0'));
  CHECK_THROWS_AS(jobs::Engine(options(folder / "jobs.db", clock)), jobs::Error);
  CHECK(contents(folder / "jobs.db") == std::string(8192, '\0'));
}
