// database/sqlite_session.h - one read-only connection to an SQLite file.
//
// Thread safety: one call at a time; the pool in sqlite_database.cc sees to it.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>

#include "analyst/database.h"

struct sqlite3;
struct sqlite3_stmt;

namespace analyst {

class SqliteSession {
 public:
  // Throws Error(database): the file is missing, is no database, or cannot be read. The message has no path in it.
  explicit SqliteSession(const std::filesystem::path& path);
  ~SqliteSession();
  SqliteSession(const SqliteSession&) = delete;
  SqliteSession& operator=(const SqliteSession&) = delete;

  Rows run(const Statement& statement, const Limits& limits, const std::stop_token& stop);
  std::vector<TableInfo> describe();

 private:
  // Why SQLite is asked to give up, while a call runs.
  struct Watch {
    std::chrono::steady_clock::time_point deadline = {};
    std::stop_token stop = {};
    bool is_over() const { return stop.stop_requested() || std::chrono::steady_clock::now() >= deadline; }
  };
  // Sets the watch for the length of a call.
  class Watched;
  struct Finalizer {
    void operator()(sqlite3_stmt* statement) const;
  };
  using Prepared = std::unique_ptr<sqlite3_stmt, Finalizer>;

  static int on_progress(void* session);
  static int on_busy(void* session, int calls);

  Prepared prepare(const std::string& sql);
  // True: there is a row.
  bool step(sqlite3_stmt* statement);
  [[noreturn]] void fail(int code) const;

  std::vector<ColumnInfo> columns_of(const std::string& table);
  std::vector<ForeignKey> foreign_keys_of(const std::string& table);
  void look_at_values(TableInfo& table);

  sqlite3* connection_ = nullptr;
  std::optional<Watch> watch_ = {};
};

}  // namespace analyst
