#include "database/sqlite_session.h"

#include <sqlite3.h>

#include <algorithm>
#include <map>
#include <string>
#include <variant>

#include "analyst/error.h"
#include "database/sqlite_guard.h"
#include "database/sqlite_types.h"

namespace analyst {
namespace {

using std::chrono::milliseconds;

// Between two looks at the clock: well under a millisecond of work, and no measurable cost.
constexpr int operations_between_looks = 2'000;
constexpr int busy_wait_ms = 5;
// For opening a file and for reading what tables there are.
constexpr milliseconds describe_time{10'000};
constexpr milliseconds sample_time{500};
constexpr std::size_t tables_max = 5'000;

// What a value costs in memory beside its text.
constexpr std::size_t value_bytes = sizeof(Value);

std::string in_quotes(const std::string& identifier) {
  std::string result = "\"";
  for (const char c : identifier) {
    if (c == '"') result += '"';
    result += c;
  }
  return result + '"';
}

// For the arguments of pragma functions, which are names of tables that SQLite itself has just given.
std::string as_literal(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'') result += c;
    result += c;
  }
  return result + "'";
}

std::string text_of(sqlite3_stmt* statement, int column) {
  const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  return text == nullptr ? std::string() : valid_utf8(text);
}

struct Binder {
  sqlite3_stmt* statement;
  int index;

  int operator()(std::monostate) const { return sqlite3_bind_null(statement, index); }
  int operator()(bool value) const { return sqlite3_bind_int(statement, index, value ? 1 : 0); }
  int operator()(std::int64_t value) const { return sqlite3_bind_int64(statement, index, value); }
  int operator()(double value) const { return sqlite3_bind_double(statement, index, value); }
  int operator()(const std::string& value) const {
    // The statement does not outlive the values, so SQLite need not copy.
    return sqlite3_bind_text64(statement, index, value.data(), value.size(), nullptr, SQLITE_UTF8);
  }
};

bool is_blank(const char* tail) {
  return tail == nullptr || std::string_view(tail).find_first_not_of(" \t\r\n;") == std::string_view::npos;
}

}  // namespace

class SqliteSession::Watched {
 public:
  Watched(SqliteSession& session, milliseconds time, std::stop_token stop) : session_(session) {
    session_.watch_ = Watch{.deadline = std::chrono::steady_clock::now() + time, .stop = std::move(stop)};
  }
  ~Watched() { session_.watch_.reset(); }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

 private:
  SqliteSession& session_;
};

void SqliteSession::Finalizer::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

int SqliteSession::on_progress(void* session) {
  const auto& watch = static_cast<SqliteSession*>(session)->watch_;
  return watch && watch->is_over() ? 1 : 0;
}

// Another program writes: wait as long as the call may last, and no longer.
int SqliteSession::on_busy(void* session, int) {
  const auto& watch = static_cast<SqliteSession*>(session)->watch_;
  if (!watch || watch->is_over()) return 0;
  sqlite3_sleep(busy_wait_ms);
  return 1;
}

SqliteSession::SqliteSession(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    throw Error(Errc::database, "the database file is missing; check the connection's path");
  }
  if (!std::filesystem::is_regular_file(path, error)) {
    throw Error(Errc::database, "the connection's path is no file; check the connection's path");
  }
  const int opened = sqlite3_open_v2(path.c_str(), &connection_,
                                     SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  try {
    if (opened != SQLITE_OK) {
      throw Error(Errc::database, "the database file cannot be opened; check that it may be read");
    }
    harden(connection_);
    sqlite3_progress_handler(connection_, operations_between_looks, on_progress, this);
    sqlite3_busy_handler(connection_, on_busy, this);
    // The first read tells whether this is a database at all.
    const Watched watched(*this, describe_time, {});
    static_cast<void>(step(prepare("SELECT count(*) FROM sqlite_schema").get()));
  } catch (...) {
    sqlite3_close_v2(connection_);
    throw;
  }
}

SqliteSession::~SqliteSession() { sqlite3_close_v2(connection_); }

void SqliteSession::fail(int code) const {
  switch (code & 0xff) {
    case SQLITE_INTERRUPT:
      if (watch_ && watch_->stop.stop_requested()) throw Error(Errc::stopped, "stopped");
      throw Error(Errc::too_large, "the query took longer than it may; ask for less, such as a shorter time");
    case SQLITE_TOOBIG:
      throw Error(Errc::too_large, "a value or the query is larger than it may be; ask for less");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      if (watch_ && watch_->stop.stop_requested()) throw Error(Errc::stopped, "stopped");
      throw Error(Errc::database, "the database is busy: another program is writing to it; try again");
    case SQLITE_AUTH:
    case SQLITE_READONLY:
      throw Error(Errc::bad_query, "the query does something other than reading, which is not allowed");
    case SQLITE_NOTADB:
      throw Error(Errc::database, "the connection's file is no SQLite database");
    case SQLITE_CORRUPT:
      throw Error(Errc::database, "the database file is damaged; check it with \"PRAGMA integrity_check\"");
    case SQLITE_ERROR:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE:
      // The database's own words would quote the statement.
      throw Error(Errc::bad_query, "the database does not understand the query; check the SQL of the model's fields");
    default:
      throw Error(Errc::database, std::string("the database failed: ") + sqlite3_errstr(code));
  }
}

SqliteSession::Prepared SqliteSession::prepare(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  const char* tail = nullptr;
  const int code = sqlite3_prepare_v3(connection_, sql.c_str(), static_cast<int>(std::min<std::size_t>(sql.size() + 1, INT32_MAX)),
                                      0, &statement, &tail);
  Prepared prepared(statement);
  if (code != SQLITE_OK) fail(code);
  if (statement == nullptr) throw Error(Errc::bad_query, "the query is empty");
  if (!is_blank(tail)) throw Error(Errc::bad_query, "the query is more than one statement");
  return prepared;
}

bool SqliteSession::step(sqlite3_stmt* statement) {
  const int code = sqlite3_step(statement);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) fail(code);
  return false;
}

Rows SqliteSession::run(const Statement& statement, const Limits& limits, const std::stop_token& stop) {
  if (stop.stop_requested()) throw Error(Errc::stopped, "stopped");
  if (statement.sql.find('\0') != std::string::npos) throw Error(Errc::bad_query, "the query holds a NUL character");
  const Watched watched(*this, limits.time, stop);
  allow_reads_only(connection_);
  const Prepared prepared = prepare(statement.sql);
  sqlite3_stmt* const handle = prepared.get();
  if (sqlite3_stmt_readonly(handle) == 0 || sqlite3_stmt_isexplain(handle) != 0 || sqlite3_column_count(handle) == 0) {
    fail(SQLITE_AUTH);
  }
  if (sqlite3_bind_parameter_count(handle) != static_cast<int>(statement.values.size())) {
    throw Error(Errc::bad_query, "the query does not have as many values as it has places for them");
  }
  for (std::size_t i = 0; i < statement.values.size(); ++i) {
    const int code = std::visit(Binder{handle, static_cast<int>(i) + 1}, statement.values[i]);
    if (code != SQLITE_OK) fail(code);
  }

  Rows result;
  const int columns = sqlite3_column_count(handle);
  std::vector<bool> is_boolean;
  for (int i = 0; i < columns; ++i) {
    const char* const name = sqlite3_column_name(handle, i);
    result.columns.emplace_back(name == nullptr ? "" : valid_utf8(name));
    const char* const declared = sqlite3_column_decltype(handle, i);
    is_boolean.push_back(declared != nullptr && type_of_declaration(declared) == ValueType::boolean);
  }
  std::size_t bytes = 0;
  while (step(handle)) {
    if (result.rows.size() >= limits.rows) {
      result.truncated = true;
      break;
    }
    std::vector<Value> row;
    row.reserve(static_cast<std::size_t>(columns));
    for (int i = 0; i < columns; ++i) {
      row.push_back(column_value(handle, i, is_boolean[static_cast<std::size_t>(i)]));
      const auto* const text = std::get_if<std::string>(&row.back());
      bytes += value_bytes + (text == nullptr ? 0 : text->size());
    }
    if (bytes > limits.bytes) {
      result.truncated = true;
      break;
    }
    result.rows.push_back(std::move(row));
  }
  return result;
}

std::vector<TableInfo> SqliteSession::describe() {
  std::vector<TableInfo> tables;
  {
    const Watched watched(*this, describe_time, {});
    sqlite3_set_authorizer(connection_, nullptr, nullptr);
    // Neither virtual tables, which may not be read (sqlite_guard.h), nor the shadow tables in which they store themselves.
    const Prepared list = prepare(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'view') "
        "AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name");
    while (step(list.get())) {
      if (tables.size() >= tables_max) {
        throw Error(Errc::too_large, "the database has more than " + std::to_string(tables_max) + " tables");
      }
      tables.push_back({.schema = "main", .name = text_of(list.get(), 0)});
    }
    for (TableInfo& table : tables) {
      try {
        table.columns = columns_of(table.name);
        table.foreign_keys = foreign_keys_of(table.name);
      } catch (const Error& error) {
        // A view over something that is gone. The others are still worth having.
        if (error.code() != Errc::bad_query) throw;
        table.columns.clear();
      }
    }
    std::erase_if(tables, [](const TableInfo& table) { return table.columns.empty(); });
  }
  for (TableInfo& table : tables) look_at_values(table);
  return tables;
}

std::vector<ColumnInfo> SqliteSession::columns_of(const std::string& table) {
  std::vector<ColumnInfo> columns;
  // Generated columns are told as hidden 2 or 3, and are columns.
  const Prepared list = prepare("SELECT name, type, pk FROM pragma_table_xinfo(" + as_literal(table) +
                                ") WHERE hidden <> 1 ORDER BY cid");
  while (step(list.get())) {
    columns.push_back({.name = text_of(list.get(), 0),
                       .type = type_of_declaration(text_of(list.get(), 1)),
                       .primary_key = sqlite3_column_int(list.get(), 2) > 0});
  }
  return columns;
}

std::vector<ForeignKey> SqliteSession::foreign_keys_of(const std::string& table) {
  std::vector<ForeignKey> keys;
  int last = -1;
  // SQLite numbers them from the last to the first.
  const Prepared list = prepare("SELECT id, \"table\", \"from\", \"to\" FROM pragma_foreign_key_list(" +
                                as_literal(table) + ") ORDER BY id DESC, seq");
  while (step(list.get())) {
    if (const int id = sqlite3_column_int(list.get(), 0); keys.empty() || id != last) {
      keys.push_back({.columns = {}, .to_table = text_of(list.get(), 1), .to_columns = {}});
      last = id;
    }
    keys.back().columns.push_back(text_of(list.get(), 2));
    // Left out, the other table's primary key is meant.
    if (sqlite3_column_type(list.get(), 3) != SQLITE_NULL) keys.back().to_columns.push_back(text_of(list.get(), 3));
  }
  return keys;
}

// SQLite has no type for dates, and none at all for the expressions of a view. Where the declaration says text or nothing,
// the first rows say more: if every value is a number, a date or a timestamp, that is what the column is. A table that
// takes too long to look at keeps what was declared.
void SqliteSession::look_at_values(TableInfo& table) {
  std::vector<ColumnInfo*> unsure;
  std::string list;
  for (ColumnInfo& column : table.columns) {
    if (column.type != ValueType::text) continue;
    unsure.push_back(&column);
    list += (list.empty() ? "" : ", ") + in_quotes(column.name);
  }
  if (unsure.empty()) return;
  try {
    const Rows sample = run({.sql = "SELECT " + list + " FROM " + in_quotes(table.name) + " LIMIT 50"},
                            {.time = sample_time, .rows = 50, .bytes = 1024 * 1024}, {});
    for (std::size_t i = 0; i < unsure.size(); ++i) {
      std::optional<ValueType> common;
      for (const auto& row : sample.rows) {
        if (std::holds_alternative<std::monostate>(row[i])) continue;
        const auto* const text = std::get_if<std::string>(&row[i]);
        const ValueType type = text == nullptr ? ValueType::number : type_of_text(*text);
        if (common && *common != type) {
          common = ValueType::text;
          break;
        }
        common = type;
      }
      if (common) unsure[i]->type = *common;
    }
  } catch (const Error&) {
    // What was declared is good enough.
  }
}

}  // namespace analyst
