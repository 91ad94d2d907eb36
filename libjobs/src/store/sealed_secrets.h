// store/sealed_secrets.h - the secrets of webhooks as they lie in the file, for sealing them again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "jobs/transaction.h"
#include "store/statement.h"

namespace jobs::store {

struct SealedSecret {
  // Of the job that it was sealed for.
  std::int64_t number = 0;
  JobId job = {};
  std::string sealed = {};
};

// Up to `limit`, of jobs after number `after`, in their order.
std::vector<SealedSecret> read_sealed_secrets(Reader& reader, std::int64_t after, int limit);

// Used inside the writer's turn only.
class SealedSecretTable {
 public:
  explicit SealedSecretTable(SQLite::Database& database);
  // False: the row is gone, with its job, or holds something else by now.
  bool replace(const SealedSecret& before, const std::string& sealed);

 private:
  Statement replace_;
};

}  // namespace jobs::store
