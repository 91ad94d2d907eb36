// The check of the file: silent about a sound one, and each kind of damage is told.
#include <catch2/catch.hpp>
#include <algorithm>

#include <SQLiteCpp/SQLiteCpp.h>

#include "test_engine.h"

using jobs::CheckDepth;

namespace {

// A file with something in each table that the check looks at.
void fill(TestEngine& engine) {
  const jobs::WebhookTarget hook = {.url = "https://example.org/hook"};
  engine->submit({.kind = "k", .payload = std::string(9'000, 'p'), .tags = {"a", "b"}, .webhook = hook});
  auto claim = engine->claim();
  const jobs::StepFailed failed = {"s", {.code = "x"}, {.base = std::chrono::milliseconds(0)}};
  CHECK(std::move(*claim).suspend(failed) == jobs::Finish::ok);
  claim = engine->claim();
  CHECK(claim->store_step("s", "r") == jobs::Finish::ok);
  CHECK(std::move(*claim).complete(jobs::Result{"done", "output"}) == jobs::Finish::ok);
  engine->submit({.kind = "k", .priority = 5});
  static_cast<void>(engine->claim({.outside = true}));
  engine->submit({.kind = "k", .tags = {"a"}, .webhook = hook});
  engine->submit({.kind = "k", .run_at = engine.clock.now() + std::chrono::hours(1)});
  const jobs::JobId open = engine->submit({.kind = "k"});
  engine->submit({.kind = "k", .after = {open}});
}

}  // namespace

TEST_CASE("nothing is found in a sound file", "[integrity]") {
  TestEngine engine;
  CHECK(engine->check_integrity().empty());
  fill(engine);
  CHECK(engine->check_integrity(CheckDepth::quick).empty());
  CHECK(engine->check_integrity(CheckDepth::full).empty());
}

TEST_CASE("what the tables owe each other is checked", "[integrity]") {
  // What is done to the file, what is said, and whether the quick check sees it too.
  const auto [damage, told, quick] = GENERATE(table<const char*, const char*, bool>({
      {"UPDATE jobs SET attempt = 0, started_at = NULL WHERE state = 1", "a RUNNING job was never started", true},
      {"UPDATE jobs SET due = 2 WHERE state = 0", "a PENDING job waits for nothing that could come", true},
      {"UPDATE jobs SET queue = 99 WHERE state = 2", "a job is in a queue without a name", true},
      {"DELETE FROM events WHERE id IN (SELECT last_event FROM jobs WHERE state = 1)", "a live job lacks its newest event",
       true},
      {"DELETE FROM webhooks WHERE number IN (SELECT number FROM jobs WHERE state = 0)", "a job with a webhook has no receiver",
       true},
      {"DELETE FROM webhooks", "a delivery has no receiver", true},
      {"DELETE FROM deliveries", "an ended job lacks the delivery of its webhook", false},
      {"INSERT INTO delivery_attempts SELECT id, 1, 0, 0, 0, '', '' FROM deliveries",
       "the log of a delivery has an attempt that was not made", false},
      {"DELETE FROM events WHERE id IN (SELECT last_event FROM jobs WHERE state = 2)", "an ended job lacks its newest event",
       false},
      {"INSERT INTO events (id, job, previous, type, at, attempt) VALUES (999, 999, 0, 0, 0, 0)", "an event belongs to no job",
       false},
      {"DELETE FROM events WHERE id = 1", "the event before an event is missing", false},
      {"INSERT INTO events (id, job, previous, type, at, attempt) VALUES (999, 1, 0, 0, 0, 0)", "an event is in no list", false},
      {"UPDATE jobs SET payload = 'p' WHERE number IN (SELECT number FROM payloads)", "a payload is stored twice", false},
      {"INSERT INTO results (number, summary, output) SELECT number, '', '' FROM jobs WHERE state = 1",
       "a job that is not COMPLETE has a result", false},
      {"DELETE FROM job_tags WHERE tag = 'b'", "the tags of a job are not those that it is found by", false},
      {"UPDATE jobs SET id = zeroblob(16) WHERE state = 1", "the id of a job is not that of its row", false},
      {"UPDATE jobs SET open_jobs = 2 WHERE open_jobs = 1", "a live job counts others than it waits for", true},
      {"DELETE FROM jobs WHERE has_dependents = 1", "a job waits for one that is not there", true},
      {"UPDATE jobs SET has_dependents = 0", "a job is not told of the end that it waits for", true},
      {"UPDATE step_failures SET failures = 0", "a step failed that was never tried", false},
      {"DELETE FROM jobs WHERE state = 2", "a row of payloads belongs to a row of jobs that is missing", true},
  }));
  TestEngine engine;
  fill(engine);
  engine.close();
  {
    SQLite::Database file(engine.options().path.string(), SQLite::OPEN_READWRITE);
    file.exec("PRAGMA foreign_keys = OFF");
    file.exec(damage);
  }
  engine.open();
  const auto says = [&](const std::vector<std::string>& problems) {
    return std::any_of(problems.begin(), problems.end(), [&](const auto& one) { return one.starts_with(told); });
  };
  INFO(damage);
  CHECK(says(engine->check_integrity(CheckDepth::full)));
  CHECK(says(engine->check_integrity(CheckDepth::quick)) == quick);
}

TEST_CASE("a damaged page is told and does not end the check", "[integrity]") {
  TestEngine engine;
  for (int i = 0; i < 200; ++i) engine->submit({.kind = "k", .payload = std::string(1'000, 'p')});
  engine.close();
  {
    std::fstream file(engine.options().path, std::ios::in | std::ios::out | std::ios::binary);
    // Every fourth page behind the schema.
    for (int page = 40; page < 60; page += 4) {
      file.seekp(page * 4096);
      file << std::string(4096, '\xa5');
    }
  }
  std::vector<std::string> problems;
  try {
    engine.open();
    problems = engine->check_integrity(CheckDepth::quick);
  } catch (const jobs::Error& error) {
    problems = {error.what()};  // so bad that it cannot be opened: that is told too
  }
  CHECK_FALSE(problems.empty());
  CHECK(problems.size() <= 100);
}

TEST_CASE("of a rule that is broken everywhere only the first are told", "[integrity]") {
  TestEngine engine;
  engine->submit_all(std::vector<jobs::JobSpec>(50, {.kind = "k"}));
  engine.close();
  SQLite::Database(engine.options().path.string(), SQLite::OPEN_READWRITE).exec("UPDATE jobs SET due = 2");
  engine.open();
  const auto problems = engine->check_integrity(CheckDepth::quick);
  CHECK(problems.size() == 11);
  CHECK(problems.back().ends_with("and more"));
}
