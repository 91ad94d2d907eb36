// store/changes.h - which jobs have changed, for whoever keeps what was read of one.
//
// Counters in memory; a job has one by its number, and shares it with others. SQLite tells of every row of `jobs` that is inserted,
// changed or deleted, whichever statement does it, and all that is read of a job changes with its row.
// Thread safety: of() may be called from any thread, the others inside the writer's turn.
#pragma once

#include <SQLiteCpp/Database.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace jobs::store {

class Changes {
 public:
  // Hears of what this connection writes, which must outlive it.
  explicit Changes(SQLite::Database& writer);
  ~Changes();
  Changes(const Changes&) = delete;
  Changes& operator=(const Changes&) = delete;

  // What is read after this call is as new as what it returns.
  std::uint64_t of(std::int64_t number) const { return counts_[slot(number)].load(std::memory_order_acquire); }

  // What was written since the last call can be read by others now. Called before anybody is told.
  void committed();

 private:
  static constexpr std::size_t slots = 4096;
  static std::size_t slot(std::int64_t number) { return static_cast<std::size_t>(number) % slots; }
  void note(std::int64_t number) { changed_[slot(number) / 64] |= std::uint64_t{1} << slot(number) % 64; }

  SQLite::Database& writer_;
  std::array<std::atomic<std::uint64_t>, slots> counts_ = {};
  // A bit for each slot. Used inside the turn. What was rolled back stays: it makes somebody read once more.
  std::array<std::uint64_t, slots / 64> changed_ = {};
};

}  // namespace jobs::store
