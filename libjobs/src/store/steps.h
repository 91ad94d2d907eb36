// store/steps.h - what handlers stored on their way. The first result of a name stays.
#pragma once

#include "store/statement.h"

namespace jobs::store {

class StepTable {
 public:
  explicit StepTable(SQLite::Database& database)
      : insert_(database,
                "INSERT INTO steps (job, name, attempt, at, result) VALUES (?1, ?2, ?3, ?4, ?5) "
                "ON CONFLICT (job, name) DO NOTHING") {}

  // False when the name has a result already.
  bool insert(std::int64_t job, std::string_view name, int attempt, Time at, std::string_view result) {
    return insert_(job, name, attempt, at, result).run() > 0;
  }

 private:
  Statement insert_;
};

class StepReader {
 public:
  explicit StepReader(SQLite::Database& database)
      : select_(database, "SELECT result FROM steps WHERE job = ?1 AND name = ?2") {}

  std::optional<std::string> find(std::int64_t job, std::string_view name) {
    auto row = select_(job, name);
    return row.step() ? std::optional<std::string>(row.text(0)) : std::nullopt;
  }

 private:
  Statement select_;
};

}  // namespace jobs::store
