#include "database/sqlite_guard.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>

#include "analyst/error.h"

namespace analyst {
namespace {

// Sorted. They compute from their arguments and the clock, and nothing else: none loads code, writes, tells of the
// connection, or makes up data of any size.
constexpr std::array functions = std::to_array<std::string_view>({
    "->", "->>", "abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "avg", "ceil", "ceiling", "char",
    "coalesce", "concat", "concat_ws", "cos", "cosh", "count", "cume_dist", "current_date", "current_time",
    "current_timestamp", "date", "datetime", "degrees", "dense_rank", "exp", "first_value", "floor", "format", "glob",
    "group_concat", "hex", "ifnull", "iif", "instr", "json", "json_array", "json_array_length",
    "json_extract", "json_group_array", "json_group_object", "json_object", "json_quote", "json_type",
    "json_valid", "julianday", "lag", "last_value", "lead", "length", "like", "likelihood", "likely", "ln", "log", "log10",
    "log2", "lower", "ltrim", "match", "max", "median", "min", "mod", "nth_value", "ntile", "nullif", "octet_length",
    "percent_rank", "percentile", "percentile_cont", "percentile_disc", "pi", "pow", "power", "printf", "quote", "radians",
    "rank", "replace", "round", "row_number", "rtrim", "sign", "sin", "sinh", "sqrt", "strftime", "string_agg", "substr",
    "substring", "sum", "tan", "tanh", "time", "timediff", "total", "trim", "trunc", "typeof", "unhex", "unicode",
    "unixepoch", "unlikely", "upper",
});
static_assert(std::is_sorted(functions.begin(), functions.end()));

std::string lower(const char* text) {
  std::string result(text == nullptr ? "" : text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

// Tables that tell of the database and not of what is in it.
bool is_internal_table(const std::string& table) {
  return table.starts_with("sqlite_") || table.starts_with("pragma_") || table == "dbstat" || table == "bytecode" ||
         table == "tables_used" || table == "completion" || table == "generate_series" || table == "fsdir";
}

int authorize(void*, int action, const char* first, const char* second, const char* database, const char*) {
  switch (action) {
    case SQLITE_SELECT:
    // Bounded by the time limit, as any other statement.
    case SQLITE_RECURSIVE:
      return SQLITE_OK;
    case SQLITE_READ: {
      const std::string schema = lower(database);
      if (!schema.empty() && schema != "main") return SQLITE_DENY;
      return is_internal_table(lower(first)) ? SQLITE_DENY : SQLITE_OK;
    }
    case SQLITE_FUNCTION:
      return std::binary_search(functions.begin(), functions.end(), std::string_view(lower(second))) ? SQLITE_OK
                                                                                                     : SQLITE_DENY;
    default:
      return SQLITE_DENY;
  }
}

}  // namespace

void harden(sqlite3* connection) {
  constexpr struct {
    int option;
    int value;
  } options[] = {
      {SQLITE_DBCONFIG_DEFENSIVE, 1},           {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
      {SQLITE_DBCONFIG_DQS_DML, 0},             {SQLITE_DBCONFIG_DQS_DDL, 0},
      {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},      {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
      {SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0}, {SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1},
      {SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0},
  };
  for (const auto& option : options) {
    // Some options may be missing from a build of SQLite, which then has not got what they switch off either.
    static_cast<void>(sqlite3_db_config(connection, option.option, option.value, nullptr));
  }
  constexpr struct {
    int limit;
    int value;
  } limits[] = {
      {SQLITE_LIMIT_LENGTH, 16 * 1024 * 1024}, {SQLITE_LIMIT_SQL_LENGTH, 1024 * 1024},
      {SQLITE_LIMIT_COLUMN, 1'000},            {SQLITE_LIMIT_EXPR_DEPTH, 500},
      {SQLITE_LIMIT_COMPOUND_SELECT, 200},     {SQLITE_LIMIT_VDBE_OP, 1'000'000},
      {SQLITE_LIMIT_FUNCTION_ARG, 100},        {SQLITE_LIMIT_ATTACHED, 0},
      {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 5'000}, {SQLITE_LIMIT_TRIGGER_DEPTH, 1},
      {SQLITE_LIMIT_WORKER_THREADS, 0},
  };
  for (const auto& limit : limits) sqlite3_limit(connection, limit.limit, limit.value);
  for (const char* pragma : {"PRAGMA query_only=ON", "PRAGMA trusted_schema=OFF", "PRAGMA cell_size_check=ON"}) {
    if (sqlite3_exec(connection, pragma, nullptr, nullptr, nullptr) != SQLITE_OK) {
      throw Error(Errc::database, "the database could not be opened for reading");
    }
  }
}

void allow_reads_only(sqlite3* connection) { sqlite3_set_authorizer(connection, authorize, nullptr); }

}  // namespace analyst
