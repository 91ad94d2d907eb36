// store/owner_lock.h - one process owns a database file.
//
// A lock file beside it is held for the life of the engine. The rule is more than tidiness: SQLite 3.7.0 to 3.51.2 can
// corrupt a write-ahead log that one connection writes while another checkpoints (https://sqlite.org/wal.html#walresetbug).
#pragma once

#include <filesystem>

namespace jobs::store {

class OwnerLock {
 public:
  // Takes the lock of `database`, creating the lock file. Throws Error: in_use, naming the owner's process id; io.
  explicit OwnerLock(const std::filesystem::path& database);
  ~OwnerLock();
  OwnerLock(const OwnerLock&) = delete;
  OwnerLock& operator=(const OwnerLock&) = delete;

 private:
  int file_ = -1;
};

}  // namespace jobs::store
