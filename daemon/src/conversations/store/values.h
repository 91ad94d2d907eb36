// conversations/store/values.h - ids and times as the store's values, and back.
#pragma once

#include <optional>
#include <string>

#include "jobs/clock.h"
#include "jobs/transaction.h"
#include "jobs/uuid.h"

namespace jobsd::store {

jobs::SqlValue value(const jobs::Uuid& id);
// Empty: NULL.
jobs::SqlValue value(const std::optional<jobs::Uuid>& id);
jobs::SqlValue value(jobs::Time time);

// Throws jobs::Error (corrupt) when the column does not hold 16 bytes.
jobs::Uuid uuid(const jobs::Row& row, int column);
std::optional<jobs::Uuid> optional_uuid(const jobs::Row& row, int column);
jobs::Time time(const jobs::Row& row, int column);

}  // namespace jobsd::store
