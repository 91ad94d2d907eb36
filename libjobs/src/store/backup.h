// store/backup.h - a copy of the file while it is in use.
//
// SQLite's backup interface copies pages out of one read transaction, so the copy is the file as it was at one moment and
// the writer is never waited for: it goes on in its log. (VACUUM INTO would leave out the free pages, but computes the
// whole file anew and cannot say how far it is.) The source is a connection of its own that never checkpoints.
//
// The copy is written under another name, a piece at a time, each piece on disk before the next: a file system that has to
// write a gigabyte at the end would hold up the fsync of the writer meanwhile. It gets its name when it is whole.
//
// Cost: the log cannot be truncated before the copy is done, so it grows by what is written meanwhile.
// Thread safety: free functions; any thread, also several at once.
#pragma once

#include <filesystem>

#include "jobs/upkeep.h"

namespace jobs::store {

// Copies the database `from` to `to`, a new file that its owner alone may read. On disk, with its name, when it returns;
// else nothing is left. Throws Error: exists, disk_full, io, corrupt; and what `progress` throws.
void back_up(const std::filesystem::path& from, const std::filesystem::path& to, const BackupCallback& progress);

}  // namespace jobs::store
