#include "conversations/store/values.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "jobs/error.h"

namespace jobsd::store {

jobs::SqlValue value(const jobs::Uuid& id) { return id; }

jobs::SqlValue value(const std::optional<jobs::Uuid>& id) { return id ? value(*id) : jobs::SqlValue(nullptr); }

jobs::SqlValue value(jobs::Time time) { return static_cast<std::int64_t>(time.time_since_epoch().count()); }

jobs::Uuid uuid(const jobs::Row& row, int column) {
  const std::string bytes = row.blob(column);
  std::array<std::uint8_t, 16> id = {};
  if (bytes.size() != id.size()) throw jobs::Error(jobs::Errc::corrupt, "an id in the store is not 16 bytes long");
  std::transform(bytes.begin(), bytes.end(), id.begin(), [](char byte) { return static_cast<std::uint8_t>(byte); });
  return jobs::Uuid(id);
}

std::optional<jobs::Uuid> optional_uuid(const jobs::Row& row, int column) {
  if (row.null(column)) return std::nullopt;
  return uuid(row, column);
}

jobs::Time time(const jobs::Row& row, int column) { return jobs::Time(std::chrono::milliseconds(row.integer(column))); }

}  // namespace jobsd::store
