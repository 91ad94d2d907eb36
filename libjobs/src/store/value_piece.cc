#include "store/value_piece.h"

#include <sqlite3.h>

#include <algorithm>
#include <memory>

namespace jobs::store {
namespace {

struct CloseBlob {
  void operator()(sqlite3_blob* blob) const { sqlite3_blob_close(blob); }
};

}  // namespace

std::string value_piece(SQLite::Database& database, const char* table, const char* column, std::int64_t row,
                        std::size_t offset, std::size_t size) {
  sqlite3_blob* opened = nullptr;
  const int problem = sqlite3_blob_open(database.getHandle(), "main", table, column, row, 0, &opened);
  const std::unique_ptr<sqlite3_blob, CloseBlob> blob(opened);
  if (problem != SQLITE_OK) throw SQLite::Exception(database.getHandle(), problem);
  const auto bytes = static_cast<std::size_t>(sqlite3_blob_bytes(blob.get()));
  if (offset >= bytes) return {};
  std::string piece(std::min(size, bytes - offset), '\0');
  const int failed = sqlite3_blob_read(blob.get(), piece.data(), static_cast<int>(piece.size()), static_cast<int>(offset));
  if (failed != SQLITE_OK) throw SQLite::Exception(database.getHandle(), failed);
  return piece;
}

}  // namespace jobs::store
