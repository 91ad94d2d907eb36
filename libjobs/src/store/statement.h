// store/statement.h - a prepared statement that is bound, run and reset in one expression.
//
//   auto row = select_(id.number());          // binds ?1; resets when `row` goes
//   if (row.step()) use(row.integer(0));
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "jobs/clock.h"
#include "jobs/transaction.h"
#include "jobs/uuid.h"

namespace jobs::store {

class Statement {
 public:
  // Valid until the values bound go, since strings are not copied.
  class Use {
   public:
    explicit Use(SQLite::Statement& statement) : statement_(statement) {}
    ~Use() { statement_.tryReset(); }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

    bool step() { return statement_.executeStep(); }
    // For statements without rows. Returns the number of rows changed.
    int run() { return statement_.exec(); }

    bool null(int column) const { return statement_.getColumn(column).isNull(); }
    std::int64_t integer(int column) const { return statement_.getColumn(column).getInt64(); }
    int small(int column) const { return statement_.getColumn(column).getInt(); }
    bool flag(int column) const { return integer(column) != 0; }
    std::string text(int column) const { return statement_.getColumn(column).getString(); }
    Time time(int column) const { return Time(std::chrono::milliseconds(integer(column))); }
    std::optional<Time> time_or_none(int column) const {
      return null(column) ? std::nullopt : std::optional<Time>(time(column));
    }
    std::string blob(int column) const {
      const SQLite::Column value = statement_.getColumn(column);
      return {static_cast<const char*>(value.getBlob()), static_cast<std::size_t>(value.getBytes())};
    }
    // A 16-byte blob, as the schema's CHECK assures.
    Uuid uuid(int column) const {
      std::array<std::uint8_t, 16> bytes = {};
      const SQLite::Column value = statement_.getColumn(column);
      const auto* const from = static_cast<const std::uint8_t*>(value.getBlob());
      for (std::size_t i = 0; i < bytes.size() && i < static_cast<std::size_t>(value.getBytes()); ++i) bytes[i] = from[i];
      return Uuid(bytes);
    }

   private:
    SQLite::Statement& statement_;
  };

  Statement(const SQLite::Database& database, const std::string& sql) : statement_(database, sql) {}

  template <class... Values>
  Use operator()(const Values&... values) {
    int index = 0;
    (bind(++index, values), ...);
    return Use(statement_);
  }

 private:
  void bind(int index, std::int64_t value) { statement_.bind(index, value); }
  void bind(int index, int value) { statement_.bind(index, value); }
  void bind(int index, bool value) { statement_.bind(index, value ? 1 : 0); }
  void bind(int index, Time value) { statement_.bind(index, static_cast<std::int64_t>(value.time_since_epoch().count())); }
  void bind(int index, std::chrono::milliseconds value) { statement_.bind(index, static_cast<std::int64_t>(value.count())); }
  void bind(int index, std::nullptr_t) { statement_.bind(index); }
  void bind(int index, const std::string& value) { statement_.bindNoCopy(index, value); }
  // NULL: null.
  void bind(int index, const std::string* value) {
    if (value != nullptr) {
      bind(index, *value);
    } else {
      bind(index, nullptr);
    }
  }
  void bind(int index, std::string_view value) { statement_.bind(index, std::string(value)); }
  void bind(int index, const char*) = delete;  // would not say who owns the text
  void bind(int index, const Uuid& value) {
    statement_.bindNoCopy(index, value.bytes().data(), static_cast<int>(value.bytes().size()));
  }
  void bind(int index, const Blob& value) {
    statement_.bindNoCopy(index, value.bytes.data(), static_cast<int>(value.bytes.size()));
  }
  template <class T>
  void bind(int index, const std::optional<T>& value) {
    if (value) {
      bind(index, *value);
    } else {
      statement_.bind(index);
    }
  }

  SQLite::Statement statement_;
};

}  // namespace jobs::store
