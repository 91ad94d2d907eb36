// raw_sqlite.h - the same rows without an engine: what SQLite itself can do on this machine, in this run.
//
// Plain sqlite3 calls on one connection and one thread, every statement prepared once, WAL with synchronous=FULL, the
// schema and the statements those of the engine. What the engine adds (threads, fencing, futures, events to subscribers)
// is the difference.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

class RawSqlite {
 public:
  explicit RawSqlite(const std::filesystem::path& file);
  ~RawSqlite();
  RawSqlite(const RawSqlite&) = delete;
  RawSqlite& operator=(const RawSqlite&) = delete;

  // Inserts `jobs` jobs, each with its `created` event, in one transaction.
  void insert(int jobs, const std::string& payload);
  // Claims up to `jobs` due jobs in one transaction, then completes them in a second. Returns how many there were.
  int claim_and_complete(int jobs);

 private:
  void exec(const char* sql);
  sqlite3_stmt* prepare(const char* sql);
  void run(sqlite3_stmt* statement);
  void event(std::int64_t job, std::int64_t previous, int type, int attempt);
  void end_transaction();

  sqlite3* database_ = nullptr;
  std::vector<sqlite3_stmt*> statements_;
  sqlite3_stmt* begin_;
  sqlite3_stmt* commit_;
  sqlite3_stmt* insert_;
  sqlite3_stmt* event_;
  sqlite3_stmt* due_;
  sqlite3_stmt* start_;
  sqlite3_stmt* end_;
  std::int64_t number_ = 0;
  std::int64_t event_number_ = 0;
  int log_pages_ = 0;
};
