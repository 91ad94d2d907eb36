// The embedder's own rows in the same commit as the engine's.
#include <algorithm>
#include <catch2/catch.hpp>
#include <future>
#include <mutex>

#include "test_engine.h"

namespace {

jobs::Options with_table() {
  return {.migrations = {{1, "notes", "CREATE TABLE notes (id INTEGER PRIMARY KEY, job INTEGER, text TEXT) STRICT"}}};
}

std::int64_t notes(jobs::Engine& engine) {
  std::int64_t count = -1;
  engine.read([&](jobs::Reader& reader) {
    reader.query("SELECT count(*) FROM notes", {}, [&](const jobs::Row& row) { count = row.integer(0); });
  });
  return count;
}

using Answers = std::vector<std::string>;

// Has all of `works` written in one commit, and says what became of each: nothing, or what was thrown.
Answers together(jobs::Engine& engine, const std::vector<std::function<void(jobs::Transaction&)>>& works, jobs::Throws throws) {
  std::promise<void> all_wait;
  std::vector<std::future<std::string>> answers;
  // It has the turn until the others wait behind it.
  engine.transact_async([waited = all_wait.get_future().share()](jobs::Transaction&) { waited.wait(); }, [](auto) {});
  for (const auto& work : works) {
    auto promise = std::make_shared<std::promise<std::string>>();
    answers.push_back(promise->get_future());
    engine.transact_async(
        work,
        [promise](std::exception_ptr error) {
          try {
            if (error) std::rethrow_exception(error);
            promise->set_value("");
          } catch (const std::exception& thrown) {
            promise->set_value(thrown.what());
          }
        },
        throws);
  }
  all_wait.set_value();
  Answers said;
  for (auto& answer : answers) said.push_back(answer.get());
  return said;
}

}  // namespace

TEST_CASE("a job and the embedder's row are stored together", "[transact]") {
  TestEngine engine(with_table());
  jobs::JobId id;
  engine->transact([&](jobs::Transaction& tx) {
    id = tx.submit({.kind = "k"});
    CHECK(tx.execute("INSERT INTO notes (job, text) VALUES (?1, ?2)", {id.number(), std::string("hello")}) == 1);
    // What it wrote, it sees.
    CHECK(tx.find(id));
  });
  CHECK(engine->find(id));
  CHECK(notes(*engine) == 1);
}

TEST_CASE("what throws leaves nothing, and does not disturb its neighbours", "[transact]") {
  TestEngine engine(with_table());
  CHECK_THROWS_WITH(engine->transact([&](jobs::Transaction& tx) {
                      tx.submit({.kind = "k", .queue = "new"});
                      tx.execute("INSERT INTO notes (text) VALUES ('x')", {});
                      throw std::runtime_error("changed my mind");
                    }),
                    "changed my mind");
  CHECK(engine->list().empty());
  CHECK(notes(*engine) == 0);
  // The queue it made is gone too, and is made again.
  CHECK(engine->submit({.kind = "k", .queue = "new"}).created());
  CHECK(engine->claim({.queue = "new"}));
}

TEST_CASE("a statement that is wrong is an error of its own transaction alone", "[transact]") {
  TestEngine engine(with_table());
  CHECK_THROWS_AS(engine->transact([](jobs::Transaction& tx) { tx.execute("INSERT INTO nowhere VALUES (1)", {}); }),
                  jobs::Error);
  CHECK_THROWS_AS(engine->transact([](jobs::Transaction& tx) {
    tx.execute("INSERT INTO notes (id) VALUES (1)", {});
    tx.execute("INSERT INTO notes (id) VALUES (1)", {});
  }),
                  jobs::Error);
  CHECK(notes(*engine) == 0);
  CHECK(engine->writable());
  CHECK(engine->submit({.kind = "k"}).created());
}

TEST_CASE("many transactions at once each get their own answer", "[transact]") {
  TestEngine engine(with_table());
  std::vector<std::future<bool>> answers;
  for (int i = 0; i < 200; ++i) {
    auto promise = std::make_shared<std::promise<bool>>();
    answers.push_back(promise->get_future());
    engine->transact_async(
        [i](jobs::Transaction& tx) {
          tx.execute("INSERT INTO notes (id, text) VALUES (?1, 'x')", {std::int64_t{i}});
          if (i % 3 == 0) throw std::runtime_error("no");
        },
        [promise](std::exception_ptr error) { promise->set_value(!error); });
  }
  int stored = 0;
  for (int i = 0; i < 200; ++i) {
    const bool ok = answers[static_cast<std::size_t>(i)].get();
    CHECK(ok == (i % 3 != 0));
    stored += ok;
  }
  CHECK(notes(*engine) == stored);
}

TEST_CASE("a transaction that throws before it writes refuses itself alone", "[transact]") {
  TestEngine engine(with_table());
  const auto keep = [](jobs::Transaction& tx) { tx.execute("INSERT INTO notes (text) VALUES ('kept')", {}); };
  const auto refuse = [](jobs::Transaction& tx) {
    tx.query("SELECT 1", {}, [](const jobs::Row&) {});
    throw std::runtime_error("no");
  };
  const Answers answers = together(*engine, {keep, refuse, keep}, jobs::Throws::before_writing);
  CHECK(answers == Answers{"", "no", ""});
  CHECK(notes(*engine) == 2);
}

TEST_CASE("a transaction that throws after it wrote, though it said it would not, undoes the commit it was part of", "[transact]") {
  TestEngine engine(with_table());
  const auto keep = [](jobs::Transaction& tx) { tx.execute("INSERT INTO notes (text) VALUES ('kept')", {}); };
  const auto lie = [](jobs::Transaction& tx) {
    tx.submit({.kind = "k"});
    throw std::runtime_error("after all");
  };
  const Answers answers = together(*engine, {keep, lie, keep}, jobs::Throws::before_writing);
  const std::string undone = "store: a transaction of the same commit threw after it had written";
  CHECK(answers[0].starts_with(undone));
  CHECK(answers[1] == "after all");
  CHECK(answers[2].starts_with(undone));
  CHECK(notes(*engine) == 0);
  CHECK(engine->list().empty());
  // It goes on.
  CHECK(engine->writable());
  CHECK_NOTHROW(engine->transact(keep, jobs::Throws::before_writing));
  CHECK(notes(*engine) == 1);
}

TEST_CASE("a transaction that ends itself is an error, and the engine goes on", "[transact]") {
  const auto throws = GENERATE(jobs::Throws::any_time, jobs::Throws::before_writing);
  const std::string statement = GENERATE("COMMIT", "ROLLBACK");
  TestEngine engine(with_table());
  CHECK_THROWS(engine->transact([&](jobs::Transaction& tx) { tx.execute(statement, {}); }, throws));
  CHECK(engine->writable());
  CHECK(engine->submit({.kind = "k"}).created());
  CHECK(engine->list().size() == 1);
}

TEST_CASE("values of every kind come back as they went in", "[transact]") {
  TestEngine engine({.migrations = {{1, "t", "CREATE TABLE t (a, b, c, d, e, f)"}}});
  const std::string bytes("\0\x01\xff", 3);
  const jobs::Uuid id = jobs::Uuid::parse("770e8400-e29b-41d4-a716-446655440002").value();
  engine->transact([&](jobs::Transaction& tx) {
    tx.execute("INSERT INTO t VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
               {nullptr, std::int64_t{-5}, 2.5, std::string("té\0t", 5), jobs::Blob{bytes}, id});
  });
  engine->read([&](jobs::Reader& reader) {
    int rows = 0;
    reader.query("SELECT a, b, c, d, e, f FROM t WHERE f = ?1", {id}, [&](const jobs::Row& row) {
      ++rows;
      CHECK(row.null(0));
      CHECK(row.integer(1) == -5);
      CHECK(row.real(2) == 2.5);
      CHECK(row.text(3) == std::string("té\0t", 5));
      CHECK(row.blob(4) == bytes);
      CHECK(row.blob(5) == std::string(id.bytes().begin(), id.bytes().end()));
    });
    CHECK(rows == 1);
  });
}

TEST_CASE("a reader cannot write", "[transact]") {
  TestEngine engine(with_table());
  CHECK_THROWS_AS(engine->read([](jobs::Reader& reader) {
    reader.query("INSERT INTO notes (text) VALUES ('x') RETURNING id", {}, [](const jobs::Row&) {});
  }),
                  jobs::Error);
  CHECK(notes(*engine) == 0);
}

TEST_CASE("an asynchronous read sees what was committed before it", "[transact]") {
  TestEngine engine(with_table());
  const jobs::JobId id = engine->submit({.kind = "k"});
  std::promise<bool> found;
  bool there = false;
  engine->read_async([&](jobs::Reader& reader) { there = reader.find(id).has_value(); },
                     [&](std::exception_ptr error) { found.set_value(!error && there); });
  CHECK(found.get_future().get());
}

TEST_CASE("asynchronous reads that share a snapshot succeed and fail each for itself", "[transact]") {
  TestEngine engine(with_table());
  const jobs::JobId id = engine->submit({.kind = "k"});
  constexpr int count = 50;
  std::promise<void> go;
  const std::shared_future<void> gate = go.get_future().share();
  std::mutex mutex;
  std::vector<std::string> ends;
  std::promise<void> all;
  const auto ended = [&](const std::string& how) {
    const std::lock_guard lock(mutex);
    ends.push_back(how);
    if (ends.size() == count) all.set_value();
  };
  // The first of them hold the threads until all others wait.
  for (int i = 0; i < count; ++i) {
    engine->read_async(
        [&, i](jobs::Reader& reader) {
          gate.wait();
          if (i % 7 == 3) throw std::runtime_error("the caller's own");
          if (i % 7 == 5) reader.query("SELECT nothing FROM nowhere", {}, [](const jobs::Row&) {});
          if (!reader.find(id)) throw std::logic_error("not found");
        },
        [&](const std::exception_ptr& error) {
          try {
            if (error) std::rethrow_exception(error);
            ended("found");
          } catch (const jobs::Error&) {
            ended("refused");
          } catch (const std::runtime_error& own) {
            ended(own.what());
          }
        });
  }
  go.set_value();
  all.get_future().get();
  const auto times = [&](const std::string& how) { return std::count(ends.begin(), ends.end(), how); };
  CHECK(times("the caller's own") == 7);
  CHECK(times("refused") == 7);
  CHECK(times("found") == 36);
}
