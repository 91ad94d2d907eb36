#include "raw_sqlite.h"

#include <array>
#include <chrono>
#include <stdexcept>

#include "embedded/bench_schema.h"

namespace {

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

RawSqlite::RawSqlite(const std::filesystem::path& file) {
  if (sqlite3_open_v2(file.c_str(), &database_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                      nullptr) != SQLITE_OK) {
    throw std::runtime_error("raw SQLite: cannot open " + file.string());
  }
  exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -32000");
  for (const auto& migration : embedded::bench_schema) exec(std::string(migration.text).c_str());
  exec("INSERT INTO queues (name) VALUES ('default')");
  sqlite3_wal_hook(
      database_,
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<RawSqlite*>(self)->log_pages_ = pages;
        return SQLITE_OK;
      },
      this);
  begin_ = prepare("BEGIN IMMEDIATE");
  commit_ = prepare("COMMIT");
  insert_ = prepare(
      "INSERT INTO jobs (number, id, queue, kind, due, priority, max_attempts, created_at, updated_at, run_at, "
      "time_limit, last_event, webhook, unique_key, metadata, payload) "
      "VALUES (?1, ?2, 1, 'bench', 1, 0, 3, ?3, ?3, ?3, 0, ?4, 0, NULL, NULL, ?5)");
  event_ = prepare(
      "INSERT INTO events (id, job, previous, type, at, attempt, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL)");
  due_ = prepare(
      "SELECT number, attempt, last_event, payload FROM jobs WHERE state = 0 AND due = 1 AND queue = 1 "
      "ORDER BY priority DESC, number LIMIT ?1");
  start_ = prepare(
      "UPDATE jobs SET state = 1, attempt = ?2, started_at = ?3, updated_at = ?3, lease_until = ?3 + 30000, "
      "last_event = ?4, progress = NULL WHERE number = ?1");
  end_ = prepare(
      "UPDATE jobs SET state = 2, finished_at = ?2, updated_at = ?2, lease_until = NULL, last_event = ?3 "
      "WHERE number = ?1 AND state = 1 AND attempt = ?4");
}

RawSqlite::~RawSqlite() {
  for (sqlite3_stmt* const statement : statements_) sqlite3_finalize(statement);
  sqlite3_close(database_);
}

void RawSqlite::insert(int jobs, const std::string& payload) {
  run(begin_);
  for (int i = 0; i < jobs; ++i) {
    ++number_;
    std::array<std::int64_t, 2> id = {number_, number_ * 7919};
    event(number_, 0, 0, 0);
    sqlite3_bind_int64(insert_, 1, number_);
    sqlite3_bind_blob(insert_, 2, id.data(), 16, SQLITE_STATIC);
    sqlite3_bind_int64(insert_, 3, now_ms());
    sqlite3_bind_int64(insert_, 4, event_number_);
    sqlite3_bind_text(insert_, 5, payload.data(), static_cast<int>(payload.size()), SQLITE_STATIC);
    run(insert_);
  }
  end_transaction();
}

int RawSqlite::claim_and_complete(int jobs) {
  struct Claimed {
    std::int64_t number = 0;
    int attempt = 0;
    std::int64_t last_event = 0;
  };
  std::vector<Claimed> claimed;
  run(begin_);
  sqlite3_bind_int(due_, 1, jobs);
  while (sqlite3_step(due_) == SQLITE_ROW) {
    claimed.push_back(
        {sqlite3_column_int64(due_, 0), sqlite3_column_int(due_, 1) + 1, sqlite3_column_int64(due_, 2)});
  }
  sqlite3_reset(due_);
  for (Claimed& job : claimed) {
    event(job.number, job.last_event, 1, job.attempt);
    job.last_event = event_number_;
    sqlite3_bind_int64(start_, 1, job.number);
    sqlite3_bind_int(start_, 2, job.attempt);
    sqlite3_bind_int64(start_, 3, now_ms());
    sqlite3_bind_int64(start_, 4, event_number_);
    run(start_);
  }
  end_transaction();
  run(begin_);
  for (const Claimed& job : claimed) {
    event(job.number, job.last_event, 5, job.attempt);
    sqlite3_bind_int64(end_, 1, job.number);
    sqlite3_bind_int64(end_, 2, now_ms());
    sqlite3_bind_int64(end_, 3, event_number_);
    sqlite3_bind_int(end_, 4, job.attempt);
    run(end_);
  }
  end_transaction();
  return static_cast<int>(claimed.size());
}

void RawSqlite::exec(const char* sql) {
  if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw std::runtime_error(std::string("raw SQLite: ") + sqlite3_errmsg(database_));
  }
}

sqlite3_stmt* RawSqlite::prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(database_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) {
    throw std::runtime_error(std::string("raw SQLite: ") + sqlite3_errmsg(database_));
  }
  statements_.push_back(statement);
  return statement;
}

void RawSqlite::run(sqlite3_stmt* statement) {
  if (sqlite3_step(statement) != SQLITE_DONE) {
    throw std::runtime_error(std::string("raw SQLite: ") + sqlite3_errmsg(database_));
  }
  sqlite3_reset(statement);
}

void RawSqlite::event(std::int64_t job, std::int64_t previous, int type, int attempt) {
  sqlite3_bind_int64(event_, 1, ++event_number_);
  sqlite3_bind_int64(event_, 2, job);
  sqlite3_bind_int64(event_, 3, previous);
  sqlite3_bind_int(event_, 4, type);
  sqlite3_bind_int64(event_, 5, now_ms());
  sqlite3_bind_int(event_, 6, attempt);
  run(event_);
}

void RawSqlite::end_transaction() {
  run(commit_);
  if (log_pages_ <= 4096) return;
  sqlite3_wal_checkpoint_v2(database_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  log_pages_ = 0;
}
