#include "store/database.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <array>
#include <charconv>
#include <fstream>

#include "embedded/jobs_schema.h"
#include "store/errors.h"

namespace jobs::store {
namespace {

namespace fs = std::filesystem;

std::uint32_t big_endian(const unsigned char* bytes) {
  return static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16 |
         static_cast<std::uint32_t>(bytes[2]) << 8 | bytes[3];
}

int newest_schema() { return static_cast<int>(embedded::jobs_schema.size()); }

// Whether the power went while SQLite wrote the first pages of a new file: they are nothing yet, and the journal that takes them
// back lies beside it. SQLite does that when it opens the file.
bool creation_was_cut(const fs::path& path) {
  std::array<char, 512> start = {};
  std::ifstream file(path, std::ios::binary);
  file.read(start.data(), start.size());
  for (const char byte : start) {
    if (byte != 0) return false;
  }
  fs::path journal = path;
  journal += "-journal";
  std::error_code ignored;
  const auto size = fs::file_size(journal, ignored);
  return !ignored && size > 0;
}

// Reads the header without SQLite, which would recover a log it finds beside the file: a file that is not ours stays
// untouched. Offsets: https://sqlite.org/fileformat.html#the_database_header
void refuse_foreign_file(const fs::path& path) {
  if (!fs::exists(path) || fs::file_size(path) == 0) return;
  std::array<unsigned char, 100> header = {};
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(header.data()), header.size());
  if (!file || std::string_view(reinterpret_cast<char*>(header.data()), 16) != std::string_view("SQLite format 3\0", 16)) {
    if (creation_was_cut(path)) return;
    throw Error(Errc::wrong_file, path.string() + " is not an SQLite database");
  }
  if (big_endian(&header[68]) != application_id) {
    throw Error(Errc::wrong_file, path.string() + " is a database of another application");
  }
  if (const auto version = big_endian(&header[60]); version > static_cast<std::uint32_t>(newest_schema())) {
    throw Error(Errc::wrong_file, path.string() + " has schema " + std::to_string(version) + ", and this release knows " +
                                      std::to_string(newest_schema()) + ": upgrade");
  }
}

void harden(SQLite::Database& database) {
  sqlite3* const handle = database.getHandle();
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  database.exec("PRAGMA cell_size_check = ON");
  database.exec("PRAGMA foreign_keys = ON");
}

int pragma_number(SQLite::Database& database, const char* sql) { return database.execAndGet(sql).getInt(); }

void migrate_engine(SQLite::Database& database) {
  for (int version = pragma_number(database, "PRAGMA user_version"); version < newest_schema(); ++version) {
    SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
    database.exec(std::string(embedded::jobs_schema[static_cast<std::size_t>(version)].text));
    database.exec("PRAGMA user_version = " + std::to_string(version + 1));
    transaction.commit();
  }
}

void migrate_embedder(SQLite::Database& database, const std::vector<Migration>& migrations, Time now) {
  const int done = pragma_number(database, "SELECT coalesce(max(number), 0) FROM embedder_migrations");
  const int newest = migrations.empty() ? 0 : migrations.back().number;
  if (done > newest) {
    throw Error(Errc::wrong_file, "the file has embedder migration " + std::to_string(done) +
                                      ", and this program knows " + std::to_string(newest) + ": upgrade");
  }
  for (const Migration& migration : migrations) {
    if (migration.number <= done) continue;
    SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
    database.exec(std::string(migration.sql));
    SQLite::Statement record(database, "INSERT INTO embedder_migrations (number, name, applied_at) VALUES (?1, ?2, ?3)");
    record.bind(1, migration.number);
    record.bind(2, std::string(migration.name));
    record.bind(3, static_cast<std::int64_t>(now.time_since_epoch().count()));
    record.exec();
    transaction.commit();
  }
}

}  // namespace

std::unique_ptr<SQLite::Database> open_writer(const fs::path& path, Durability durability,
                                              const std::vector<Migration>& embedder, Time now) {
  refuse_foreign_file(path);
  return translated([&] {
    // One thread at a time uses the connection, so SQLite's own mutex is not needed.
    auto database = std::make_unique<SQLite::Database>(
        path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLITE_OPEN_NOMUTEX);
    harden(*database);
    database->exec("PRAGMA cache_size = -32000");
    database->exec("PRAGMA temp_store = MEMORY");
    // Debian's SQLite writes zeros over every page that becomes free: removing a large result would write as much again.
    // FAST clears what is on pages that are written anyway.
    database->exec("PRAGMA secure_delete = FAST");
    if (pragma_number(*database, "PRAGMA application_id") != application_id) {
      // Only a file that SQLite has just created gets here; its name is written before its schema.
      if (pragma_number(*database, "PRAGMA page_count") != 0) {
        throw Error(Errc::wrong_file, path.string() + " is a database of another application");
      }
      database->exec("PRAGMA application_id = " + std::to_string(application_id));
    }
    const std::string mode = database->execAndGet("PRAGMA journal_mode = WAL").getString();
    if (mode != "wal") throw Error(Errc::io, "the file system cannot hold a write-ahead log (journal mode " + mode + ")");
    database->exec("PRAGMA wal_autocheckpoint = 0");
    database->exec(durability == Durability::fsync ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    const int synchronous = pragma_number(*database, "PRAGMA synchronous");
    if (synchronous != (durability == Durability::fsync ? 2 : 1)) {
      throw Error(Errc::io, "SQLite did not take the setting for durability");
    }
    migrate_engine(*database);
    migrate_embedder(*database, embedder, now);
    // So that the header in the file itself tells application and schema, and the log starts empty.
    sqlite3_wal_checkpoint_v2(database->getHandle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    return database;
  });
}

std::unique_ptr<SQLite::Database> open_reader(const fs::path& path) {
  return translated([&] {
    auto database = std::make_unique<SQLite::Database>(path.string(), SQLite::OPEN_READONLY | SQLITE_OPEN_NOMUTEX);
    harden(*database);
    database->setBusyTimeout(5'000);
    sqlite3_db_config(database->getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    database->exec("PRAGMA cache_size = -4000");
    database->exec("PRAGMA query_only = ON");
    return database;
  });
}

}  // namespace jobs::store
