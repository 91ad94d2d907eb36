#include "store/errors.h"

#include <sqlite3.h>

namespace jobs::store {

Error to_error(const SQLite::Exception& fault) {
  const std::string what = std::string("store: ") + fault.what();
  switch (fault.getErrorCode() & 0xff) {
    case SQLITE_FULL: return {Errc::disk_full, what};
    case SQLITE_CORRUPT: return {Errc::corrupt, what};
    case SQLITE_NOTADB: return {Errc::wrong_file, what};
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return {Errc::in_use, what};
    default: return {Errc::io, what};
  }
}

}  // namespace jobs::store
