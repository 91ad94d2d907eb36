#include "history.h"

#include <sqlite3.h>

#include <chrono>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>

#include "jobs/engine.h"

namespace {

namespace fs = std::filesystem;

struct Close {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, Close>;
using Statement = std::unique_ptr<sqlite3_stmt, Close>;

void check(sqlite3* database, int outcome) {
  if (outcome != SQLITE_OK && outcome != SQLITE_DONE) {
    throw std::runtime_error(std::string("history: ") + sqlite3_errmsg(database));
  }
}

void exec(sqlite3* database, const char* sql) { check(database, sqlite3_exec(database, sql, nullptr, nullptr, nullptr)); }

Statement prepare(sqlite3* database, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  check(database, sqlite3_prepare_v2(database, sql, -1, &statement, nullptr));
  return Statement(statement);
}

void fill(sqlite3* database, std::int64_t jobs) {
  const Statement job = prepare(database,
                                "INSERT INTO jobs (number, id, queue, kind, state, attempt, max_attempts, created_at, "
                                "updated_at, run_at, started_at, finished_at, last_event, payload) "
                                "VALUES (?1, ?2, 1, 'bench', 2, 1, 3, ?3, ?3 + 9, ?3, ?3 + 4, ?3 + 9, ?4, ?5)");
  const Statement event = prepare(
      database, "INSERT INTO events (id, job, previous, type, at, attempt, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL)");
  const std::string prompt = R"({"prompt":"What are the top 5 products by revenue?","model":"770e8400"})";
  const std::int64_t now =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  std::mt19937_64 random(jobs);
  std::int64_t event_id = 0;
  for (std::int64_t number = 1; number <= jobs; ++number) {
    const std::int64_t at = now - (jobs - number);
    std::int64_t previous = 0;
    for (const auto& [type, attempt] : {std::pair(0, 0), std::pair(1, 1), std::pair(5, 1)}) {
      sqlite3_bind_int64(event.get(), 1, ++event_id);
      sqlite3_bind_int64(event.get(), 2, number);
      sqlite3_bind_int64(event.get(), 3, previous);
      sqlite3_bind_int(event.get(), 4, type);
      sqlite3_bind_int64(event.get(), 5, at);
      sqlite3_bind_int(event.get(), 6, attempt);
      check(database, sqlite3_step(event.get()));
      sqlite3_reset(event.get());
      previous = event_id;
    }
    const auto id = jobs::Uuid::from_number(number, random());
    sqlite3_bind_int64(job.get(), 1, number);
    sqlite3_bind_blob(job.get(), 2, id.bytes().data(), static_cast<int>(id.bytes().size()), SQLITE_STATIC);
    sqlite3_bind_int64(job.get(), 3, at);
    sqlite3_bind_int64(job.get(), 4, event_id);
    sqlite3_bind_text(job.get(), 5, prompt.data(), static_cast<int>(prompt.size()), SQLITE_STATIC);
    check(database, sqlite3_step(job.get()));
    sqlite3_reset(job.get());
  }
}

}  // namespace

void make_history(const fs::path& file, std::int64_t jobs) {
  if (fs::exists(file)) return;
  const fs::path part = file.string() + ".part";
  for (const char* const suffix : {"", "-wal", "-shm", ".lock"}) fs::remove(part.string() + suffix);
  // The engine makes the schema, and its queue.
  jobs::Engine({.path = part}).submit({.kind = "bench"});
  sqlite3* opened = nullptr;
  const int outcome = sqlite3_open(part.c_str(), &opened);
  const Database database(opened);
  check(opened, outcome);
  exec(opened, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -64000; BEGIN;"
               "DELETE FROM jobs; DELETE FROM events");
  fill(opened, jobs);
  exec(opened, "COMMIT");
  fs::rename(part, file);
  fs::remove(part.string() + ".lock");
}
