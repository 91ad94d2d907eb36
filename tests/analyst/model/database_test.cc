// A user's SQLite database: read, limited, cancellable, and nothing else.
#include <sqlite3.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stop_token>
#include <thread>

#include "analyst/database.h"
#include "analyst/error.h"
#include "database/sqlite_types.h"

using analyst::Errc;
using analyst::Error;
using analyst::Limits;
using analyst::open_sqlite;
using analyst::Rows;
using analyst::Statement;
using analyst::Value;
using analyst::ValueType;
using namespace std::chrono_literals;

namespace {

// A database file made by plain SQLite.
class File {
 public:
  explicit File(const std::string& sql = "") {
    static int count = 0;
    path = std::filesystem::temp_directory_path() /
           ("analyst-db-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
    execute("PRAGMA journal_mode=WAL;" + sql);
  }
  ~File() {
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path.string() + suffix);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  void execute(const std::string& sql) const {
    sqlite3* connection = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &connection) == SQLITE_OK);
    char* message = nullptr;
    const int code = sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, &message);
    INFO((message == nullptr ? "" : message));
    sqlite3_free(message);
    sqlite3_close(connection);
    REQUIRE(code == SQLITE_OK);
  }

  std::filesystem::path path;
};

Errc code_of(analyst::Database& database, const std::string& sql, std::vector<Value> values = {}, Limits limits = {}) {
  try {
    static_cast<void>(database.run({.sql = sql, .values = std::move(values)}, limits, {}));
  } catch (const Error& error) {
    const std::string message = error.what();
    CHECK(message.find("analyst-db-") == std::string::npos);
    CHECK((sql.empty() || message.find(sql) == std::string::npos));
    return error.code();
  }
  FAIL("ran: " + sql);
  return Errc::database;
}

// Runs until it is stopped.
const char* const endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT sum(i) FROM n";

}  // namespace

TEST_CASE("values come back with their types, and parameters stay apart from the text", "[database]") {
  const File file(
      "CREATE TABLE t(a INTEGER, b REAL, c TEXT, d BOOLEAN, e BLOB);"
      "INSERT INTO t VALUES (1, 1.5, 'x', 1, x'0102'), (NULL, NULL, NULL, 0, NULL);");
  const auto database = open_sqlite(file.path);
  const Rows rows = database->run({.sql = "SELECT a, b, c, d, e, d + 1 FROM t ORDER BY a DESC", .values = {}}, {}, {});
  CHECK(rows.columns == std::vector<std::string>{"a", "b", "c", "d", "e", "d + 1"});
  REQUIRE(rows.rows.size() == 2);
  CHECK(rows.rows[0] == std::vector<Value>{std::int64_t{1}, 1.5, std::string("x"), true, std::string("[2 bytes]"),
                                           std::int64_t{2}});
  CHECK(rows.rows[1][0] == Value{});
  CHECK(rows.rows[1][3] == Value{false});
  CHECK_FALSE(rows.truncated);

  const std::string hostile = "x'; DROP TABLE t; --";
  const Rows bound = database->run({.sql = "SELECT ?1, ?2, ?3, ?4, ?5",
                                    .values = {hostile, std::int64_t{7}, 2.5, true, Value{}}}, {}, {});
  CHECK(bound.rows[0][0] == Value{hostile});
  CHECK(bound.rows[0][1] == Value{std::int64_t{7}});
  CHECK(bound.rows[0][2] == Value{2.5});
  CHECK(bound.rows[0][3] == Value{std::int64_t{1}});
  CHECK(bound.rows[0][4] == Value{});
  CHECK(code_of(*database, "SELECT ?1") == Errc::bad_query);
  CHECK(code_of(*database, "SELECT 1", {std::int64_t{1}}) == Errc::bad_query);
}

TEST_CASE("nothing but one read is run", "[database]") {
  const File file("CREATE TABLE t(a); INSERT INTO t VALUES (1); CREATE VIEW v AS SELECT a FROM t;");
  const auto database = open_sqlite(file.path);
  for (const std::string sql : {
           "INSERT INTO t VALUES (2)", "UPDATE t SET a = 2", "DELETE FROM t", "DROP TABLE t", "CREATE TABLE u(a)",
           "CREATE TEMP TABLE u(a)", "ALTER TABLE t RENAME TO u", "CREATE INDEX i ON t(a)", "VACUUM",
           "VACUUM INTO '/tmp/analyst-stolen'", "ATTACH '/etc/passwd' AS x", "DETACH main", "PRAGMA query_only=OFF",
           "PRAGMA table_info(t)", "PRAGMA journal_mode=DELETE", "BEGIN", "COMMIT", "SAVEPOINT s", "ANALYZE", "REINDEX",
           "EXPLAIN SELECT 1", "EXPLAIN QUERY PLAN SELECT 1", "WITH x AS (SELECT 1) DELETE FROM t",
           "INSERT INTO t SELECT 1 RETURNING a",
       }) {
    INFO(sql);
    CHECK(code_of(*database, sql) == Errc::bad_query);
  }
  for (const std::string sql : {"", "  ", ";", "SELECT 1; SELECT 2", "SELECT 1; DROP TABLE t", "SELEC 1", "SELECT \"gone\"",
                                "SELECT gone FROM t", "SELECT * FROM gone"}) {
    INFO(sql);
    CHECK(code_of(*database, sql) == Errc::bad_query);
  }
  CHECK(code_of(*database, std::string("SELECT 1\0", 9)) == Errc::bad_query);
  CHECK(database->run({.sql = "SELECT a FROM t; ", .values = {}}, {}, {}).rows.size() == 1);
  CHECK(database->run({.sql = "SELECT a FROM v", .values = {}}, {}, {}).rows.size() == 1);
}

TEST_CASE("functions that do more than compute, and tables about the database, are refused", "[database]") {
  const File file("CREATE TABLE t(a); INSERT INTO t VALUES (1); CREATE VIRTUAL TABLE words USING fts5(word);");
  const auto database = open_sqlite(file.path);
  for (const std::string sql : {"SELECT load_extension('x')", "SELECT sqlite_version()", "SELECT randomblob(1000000000)",
                                "SELECT zeroblob(1000000000)", "SELECT last_insert_rowid()", "SELECT writefile('/tmp/x', 'y')",
                                "SELECT readfile('/etc/passwd')", "SELECT fts3_tokenizer('simple')",
                                "SELECT sql FROM sqlite_schema", "SELECT sql FROM sqlite_master",
                                "SELECT * FROM pragma_database_list", "SELECT * FROM pragma_table_info('t')",
                                "SELECT * FROM dbstat", "SELECT value FROM json_each('[1]')", "SELECT * FROM words", "SELECT * FROM sqlite_dbpage"}) {
    INFO(sql);
    CHECK(code_of(*database, sql) == Errc::bad_query);
  }
  for (const std::string sql : {"SELECT count(*), sum(a), avg(a), min(a), max(a), total(a), group_concat(a) FROM t",
                                "SELECT strftime('%Y', '2025-01-01'), round(1.5), coalesce(NULL, 1), nullif(1, 0)",
                                "SELECT row_number() OVER (ORDER BY a) FROM t", "SELECT 'a' LIKE 'A' ESCAPE '\\'",
                                "SELECT CAST('1' AS REAL), CURRENT_DATE",
                                "WITH c AS MATERIALIZED (SELECT a FROM t) SELECT * FROM c AS x JOIN c AS y ON x.a IS y.a"}) {
    INFO(sql);
    CHECK_NOTHROW(database->run({.sql = sql, .values = {}}, {}, {}));
  }
}

TEST_CASE("rows and bytes are limited, and the result says that it was cut", "[database]") {
  const File file("CREATE TABLE t(a); INSERT INTO t VALUES (1), (2), (3);");
  const auto database = open_sqlite(file.path);
  const Statement all{.sql = "SELECT a FROM t", .values = {}};
  CHECK(database->run(all, {.rows = 2}, {}).rows.size() == 2);
  CHECK(database->run(all, {.rows = 2}, {}).truncated);
  CHECK(database->run(all, {.rows = 3}, {}).rows.size() == 3);
  CHECK_FALSE(database->run(all, {.rows = 3}, {}).truncated);

  const Statement wide{.sql = "SELECT printf('%.*c', 1000, 'x') FROM t", .values = {}};
  CHECK(database->run(wide, {.bytes = 2'500}, {}).rows.size() == 2);
  CHECK(database->run(wide, {.bytes = 2'500}, {}).truncated);
  CHECK_FALSE(database->run(wide, {.bytes = 10'000}, {}).truncated);

  CHECK(code_of(*database, "SELECT hex(printf('%.*c', 16000000, 'x'))") == Errc::too_large);
}

TEST_CASE("a query ends at its time limit", "[database]") {
  const File file("CREATE TABLE t(a);");
  const auto database = open_sqlite(file.path);
  const auto start = std::chrono::steady_clock::now();
  CHECK(code_of(*database, endless, {}, {.time = 50ms}) == Errc::too_large);
  CHECK(std::chrono::steady_clock::now() - start < 1s);
  // The session that was interrupted is not used again.
  CHECK(database->run({.sql = "SELECT 1", .values = {}}, {}, {}).rows.size() == 1);
}

TEST_CASE("a running query is stopped within a second", "[database]") {
  const File file("CREATE TABLE t(a);");
  const auto database = open_sqlite(file.path);
  std::stop_source source;
  std::optional<Errc> code;
  std::chrono::steady_clock::time_point ended;
  std::thread runner([&] {
    try {
      static_cast<void>(database->run({.sql = endless, .values = {}}, {.time = 30s}, source.get_token()));
    } catch (const Error& error) {
      code = error.code();
    }
    ended = std::chrono::steady_clock::now();
  });
  const auto stopped = std::chrono::steady_clock::now();
  source.request_stop();
  runner.join();
  CHECK(code == Errc::stopped);
  CHECK(ended - stopped < 1s);

  // A stop that came before the call.
  try {
    static_cast<void>(database->run({.sql = "SELECT 1", .values = {}}, {}, source.get_token()));
    FAIL("ran");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::stopped);
  }
}

TEST_CASE("calls from several threads run beside each other", "[database]") {
  const File file("CREATE TABLE t(a); INSERT INTO t VALUES (1), (2);");
  const auto database = open_sqlite(file.path);
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 20; ++j) {
        const Rows rows = database->run({.sql = "SELECT sum(a) + ?1 FROM t", .values = {std::int64_t{j}}}, {}, {});
        if (rows.rows[0][0] == Value{std::int64_t{3 + j}}) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == 160);
}

TEST_CASE("what another program writes is seen, and a writer that blocks is waited for no longer than the limit",
          "[database]") {
  const File file("CREATE TABLE t(a); INSERT INTO t VALUES (1);");
  const auto database = open_sqlite(file.path);
  const Statement count{.sql = "SELECT count(*) FROM t", .values = {}};
  CHECK(database->run(count, {}, {}).rows[0][0] == Value{std::int64_t{1}});
  file.execute("INSERT INTO t VALUES (2)");
  CHECK(database->run(count, {}, {}).rows[0][0] == Value{std::int64_t{2}});

  // Without a WAL, an exclusive writer keeps readers out.
  const File locked("PRAGMA journal_mode=DELETE; CREATE TABLE t(a);");
  const auto reader = open_sqlite(locked.path);
  sqlite3* writer = nullptr;
  REQUIRE(sqlite3_open(locked.path.c_str(), &writer) == SQLITE_OK);
  REQUIRE(sqlite3_exec(writer, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr) == SQLITE_OK);
  CHECK(code_of(*reader, "SELECT count(*) FROM t", {}, {.time = 60ms}) == Errc::database);
  REQUIRE(sqlite3_exec(writer, "COMMIT", nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(writer);
  CHECK(reader->run(count, {}, {}).rows.size() == 1);
}

TEST_CASE("a new file under the same name is a new database", "[database]") {
  const File file("CREATE TABLE t(a); INSERT INTO t VALUES (1);");
  const File other("CREATE TABLE t(a); INSERT INTO t VALUES (2);");
  const auto database = open_sqlite(file.path);
  const Statement value{.sql = "SELECT a FROM t", .values = {}};
  CHECK(database->run(value, {}, {}).rows[0][0] == Value{std::int64_t{1}});
  for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(file.path.string() + suffix);
  std::filesystem::rename(other.path, file.path);
  CHECK(database->run(value, {}, {}).rows[0][0] == Value{std::int64_t{2}});
}

TEST_CASE("a missing file, a folder and a file that is no database are errors without a path", "[database]") {
  const auto message_of = [](const std::filesystem::path& path) -> std::string {
    try {
      static_cast<void>(open_sqlite(path));
    } catch (const Error& error) {
      CHECK(error.code() == Errc::database);
      return error.what();
    }
    return "opened";
  };
  CHECK(message_of("/nonexistent/secret.db") == "the database file is missing; check the connection's path");
  CHECK_FALSE(std::filesystem::exists("/nonexistent"));
  CHECK(message_of(std::filesystem::temp_directory_path()) ==
        "the connection's path is no file; check the connection's path");
  const File file;
  for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(file.path.string() + suffix);
  std::ofstream(file.path, std::ios::trunc) << std::string(4096, 'x');
  CHECK(message_of(file.path) == "the connection's file is no SQLite database");
}

TEST_CASE("tables and views are described with types, keys and foreign keys", "[database]") {
  const File file(
      "CREATE TABLE b(id INTEGER PRIMARY KEY, name VARCHAR(10), \"odd \"\" one\" TEXT);"
      "CREATE TABLE a(x INT, y INT, price NUMERIC(10,2), paid BOOLEAN, day DATE, at DATETIME, note, b_id INT REFERENCES b,"
      " c_id INT REFERENCES b(id), PRIMARY KEY (x, y), FOREIGN KEY (x, y) REFERENCES pairs(p, q));"
      "CREATE TABLE pairs(p INT, q INT);"
      "CREATE VIEW v AS SELECT id, name, id * 2 AS twice FROM b;"
      "CREATE VIEW broken AS SELECT gone FROM b;"
      "CREATE VIRTUAL TABLE words USING fts5(word);"
      "INSERT INTO b VALUES (1, 'n', 'o');");
  const auto tables = open_sqlite(file.path)->describe();
  std::vector<std::string> names;
  for (const auto& table : tables) names.push_back(table.name);
  CHECK(names == std::vector<std::string>{"a", "b", "pairs", "v"});

  const auto& a = tables[0];
  CHECK(a.schema == "main");
  REQUIRE(a.columns.size() == 9);
  CHECK(a.columns[0].primary_key);
  CHECK(a.columns[1].primary_key);
  CHECK_FALSE(a.columns[2].primary_key);
  CHECK(a.columns[2].type == ValueType::number);
  CHECK(a.columns[3].type == ValueType::boolean);
  CHECK(a.columns[4].type == ValueType::date);
  CHECK(a.columns[5].type == ValueType::timestamp);
  CHECK(a.columns[6].type == ValueType::text);
  REQUIRE(a.foreign_keys.size() == 3);
  CHECK(a.foreign_keys[0].columns == std::vector<std::string>{"b_id"});
  CHECK(a.foreign_keys[0].to_columns.empty());
  CHECK(a.foreign_keys[1].to_columns == std::vector<std::string>{"id"});
  CHECK(a.foreign_keys[2].columns == std::vector<std::string>{"x", "y"});
  CHECK(a.foreign_keys[2].to_table == "pairs");
  CHECK(tables[1].columns[2].name == "odd \" one");
  // The column of a view that is an expression has no declared type; its values have one.
  CHECK(tables[3].columns[2].name == "twice");
  CHECK(tables[3].columns[2].type == ValueType::number);
}

TEST_CASE("text that always looks like a date is a date, and text that sometimes does is text", "[database]") {
  const File file(
      "CREATE TABLE t(day TEXT, at TEXT, mixed TEXT, empty TEXT, both TEXT);"
      "INSERT INTO t VALUES ('2025-01-15', '2025-01-15 10:00:00', '2025-01-15', NULL, '2025-01-15'),"
      "                     (NULL, '2025-01-15T10:00:00.5Z', 'soon', NULL, '2025-01-15 10:00');");
  const auto table = open_sqlite(file.path)->describe().at(0);
  CHECK(table.columns[0].type == ValueType::date);
  CHECK(table.columns[1].type == ValueType::timestamp);
  CHECK(table.columns[2].type == ValueType::text);
  CHECK(table.columns[3].type == ValueType::text);
  CHECK(table.columns[4].type == ValueType::text);
}

TEST_CASE("declared types are read by SQLite's rules and the usual words", "[database]") {
  using analyst::type_of_declaration;
  CHECK(type_of_declaration("bool") == ValueType::boolean);
  CHECK(type_of_declaration("TIMESTAMP WITH TIME ZONE") == ValueType::timestamp);
  CHECK(type_of_declaration("date") == ValueType::date);
  CHECK(type_of_declaration("BIGINT UNSIGNED") == ValueType::number);
  CHECK(type_of_declaration("DECIMAL(10,5)") == ValueType::number);
  CHECK(type_of_declaration("double precision") == ValueType::number);
  CHECK(type_of_declaration("VARCHAR(255)") == ValueType::text);
  CHECK(type_of_declaration("JSON") == ValueType::text);
  CHECK(type_of_declaration("") == ValueType::text);
}

TEST_CASE("only whole dates and timestamps look like ones", "[database]") {
  using analyst::type_of_text;
  CHECK(type_of_text("2025-01-15") == ValueType::date);
  CHECK(type_of_text("2025-01-15 10:00") == ValueType::timestamp);
  CHECK(type_of_text("2025-01-15T10:00:00+01:00") == ValueType::timestamp);
  for (const char* text : {"", "2025-01", "2025-1-15", "2025-01-155", "2025-01-15 10", "2025-01-15 10:00x", "2025-01-15 10:00:00.",
                           "2025-01-15x10:00", "20250115"}) {
    INFO(text);
    CHECK(type_of_text(text) == ValueType::text);
  }
}

TEST_CASE("bytes that are no UTF-8 are replaced, and the rest of a text stays", "[database]") {
  using analyst::valid_utf8;
  CHECK(valid_utf8("Zürich ✓ 😀") == "Zürich ✓ 😀");
  CHECK(valid_utf8("a\xFFz") == "a\xEF\xBF\xBDz");
  CHECK(valid_utf8("\xC3") == "\xEF\xBF\xBD");
  CHECK(valid_utf8("\xED\xA0\x80").find('\xED') == std::string::npos);
  CHECK(valid_utf8("\xC0\xAF").find('\xC0') == std::string::npos);
  CHECK(valid_utf8("").empty());
}
