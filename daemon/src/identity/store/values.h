// identity/store/values.h - keys and times, to and from what SQLite stores.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

#include "jobs/transaction.h"
#include "jobs/uuid.h"

namespace jobsd {

template <std::size_t N>
std::array<std::uint8_t, N> bytes_of(const std::string& blob) {
  std::array<std::uint8_t, N> bytes;
  if (blob.size() != N) throw std::logic_error("a key in the store has the wrong length");
  std::transform(blob.begin(), blob.end(), bytes.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
  return bytes;
}

template <std::size_t N>
jobs::Blob blob_of(const std::array<std::uint8_t, N>& bytes) {
  return {std::string(bytes.begin(), bytes.end())};
}

inline jobs::Blob blob_of(const jobs::Uuid& id) { return blob_of(id.bytes()); }

inline jobs::SqlValue blob_or_null(const std::optional<jobs::Uuid>& id) {
  return id ? jobs::SqlValue(blob_of(*id)) : jobs::SqlValue(nullptr);
}

inline jobs::Uuid uuid_of(const jobs::Row& row, int column) { return jobs::Uuid(bytes_of<16>(row.blob(column))); }

inline std::optional<jobs::Uuid> optional_uuid_of(const jobs::Row& row, int column) {
  return row.null(column) ? std::nullopt : std::optional(uuid_of(row, column));
}

inline std::int64_t millis(jobs::Time time) { return time.time_since_epoch().count(); }

inline jobs::SqlValue millis_or_null(const std::optional<jobs::Time>& time) {
  return time ? jobs::SqlValue(millis(*time)) : jobs::SqlValue(nullptr);
}

inline jobs::Time time_of(const jobs::Row& row, int column) {
  return jobs::Time(std::chrono::milliseconds(row.integer(column)));
}

inline std::optional<jobs::Time> optional_time_of(const jobs::Row& row, int column) {
  return row.null(column) ? std::nullopt : std::optional(time_of(row, column));
}

}  // namespace jobsd
