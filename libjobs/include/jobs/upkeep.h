// jobs/upkeep.h - looking after the file: backups and checks.
#pragma once

#include <cstdint>
#include <functional>

namespace jobs {

// How far a backup has come. `bytes` is the size that the file had when it began.
struct BackupProgress {
  std::int64_t bytes_done = 0;
  std::int64_t bytes = 0;
};

// Called between two pieces of a backup, on the thread that makes it. What it throws ends the backup, which leaves nothing
// behind, and comes out of the call.
using BackupCallback = std::function<void(const BackupProgress& progress)>;

// How closely check_integrity() looks.
enum class CheckDepth {
  // The structure of the file, and what live jobs, leases and deliveries owe each other. Reads the file once.
  quick,
  // Also each index against its table, and each event, step and tag against its job. Several times as long.
  full,
};

}  // namespace jobs
