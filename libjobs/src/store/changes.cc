#include "store/changes.h"

#include <sqlite3.h>

#include <bit>
#include <string_view>
#include <utility>

namespace jobs::store {

Changes::Changes(SQLite::Database& writer) : writer_(writer) {
  sqlite3_update_hook(
      writer.getHandle(),
      [](void* self, int, const char*, const char* table, sqlite3_int64 row) {
        if (std::string_view(table) == "jobs") static_cast<Changes*>(self)->note(row);
      },
      this);
}

Changes::~Changes() { sqlite3_update_hook(writer_.getHandle(), nullptr, nullptr); }

void Changes::committed() {
  for (std::size_t i = 0; i < changed_.size(); ++i) {
    for (std::uint64_t bits = std::exchange(changed_[i], 0); bits != 0; bits &= bits - 1) {
      const auto bit = static_cast<std::size_t>(std::countr_zero(bits));
      counts_[i * 64 + bit].fetch_add(1, std::memory_order_release);
    }
  }
}

}  // namespace jobs::store
