// analyst/database.h - a user's database, as the analyst sees it: read-only, limited, cancellable.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "analyst/value.h"

namespace analyst {

// One read-only statement, with its values apart from its text. Parameters are ?1, ?2, … in the order of `values`.
struct Statement {
  std::string sql = {};
  std::vector<Value> values = {};
};

struct Limits {
  std::chrono::milliseconds time = std::chrono::seconds(30);
  std::size_t rows = 50'000;
  std::size_t bytes = 64 * 1024 * 1024;
};

struct Rows {
  std::vector<std::string> columns = {};
  std::vector<std::vector<Value>> rows = {};
  // A row or byte limit cut the result short.
  bool truncated = false;
};

struct ColumnInfo {
  std::string name = {};
  ValueType type = ValueType::text;
  bool primary_key = false;
};

struct ForeignKey {
  std::vector<std::string> columns = {};
  std::string to_table = {};
  std::vector<std::string> to_columns = {};
};

struct TableInfo {
  std::string schema = {};
  std::string name = {};
  std::vector<ColumnInfo> columns = {};
  std::vector<ForeignKey> foreign_keys = {};
};

class Dialect;

// Thread safety: every member may be called from any thread; each call uses a session of its own.
class Database {
 public:
  virtual ~Database() = default;

  // Runs one SELECT. Throws Error: bad_query (not a read), database, too_large (time), stopped.
  virtual Rows run(const Statement& statement, const Limits& limits, std::stop_token stop) = 0;
  // Every table and view, in name order.
  virtual std::vector<TableInfo> describe() = 0;
  virtual const Dialect& dialect() const = 0;
};

// An SQLite file, opened read-only, with an authorizer that lets nothing but reads through.
std::unique_ptr<Database> open_sqlite(const std::filesystem::path& path);

}  // namespace analyst
