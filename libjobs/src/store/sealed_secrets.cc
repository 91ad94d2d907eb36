#include "store/sealed_secrets.h"

#include <algorithm>
#include <array>

namespace jobs::store {

std::vector<SealedSecret> read_sealed_secrets(Reader& reader, std::int64_t after, int limit) {
  std::vector<SealedSecret> found;
  reader.query("SELECT webhooks.number, jobs.id, secret FROM webhooks JOIN jobs ON jobs.number = webhooks.number "
               "WHERE webhooks.number > ?1 AND secret IS NOT NULL ORDER BY webhooks.number LIMIT ?2",
               {after, std::int64_t{limit}}, [&](const Row& row) {
                 const std::string id = row.blob(1);
                 std::array<std::uint8_t, 16> bytes = {};
                 std::copy_n(id.begin(), std::min(id.size(), bytes.size()), bytes.begin());
                 found.push_back({.number = row.integer(0), .job = JobId(Uuid(bytes)), .sealed = row.blob(2)});
               });
  return found;
}

SealedSecretTable::SealedSecretTable(SQLite::Database& database)
    : replace_(database, "UPDATE webhooks SET secret = ?3 WHERE number = ?1 AND secret = ?2") {}

bool SealedSecretTable::replace(const SealedSecret& before, const std::string& sealed) {
  const Blob old{before.sealed};
  const Blob fresh{sealed};
  return replace_(before.number, old, fresh).run() > 0;
}

}  // namespace jobs::store
