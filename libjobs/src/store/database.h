// store/database.h - opening the file: whose it is, how SQLite is set, and which schema it has.
#pragma once

#include <SQLiteCpp/Database.h>

#include <filesystem>
#include <memory>
#include <vector>

#include "jobs/engine.h"

namespace jobs::store {

// "JOBS", in the header of every file of ours.
constexpr int application_id = 0x4a4f4253;

// The one connection that writes and checkpoints. Creates the file and brings its schema up to date.
// The caller holds the OwnerLock. Throws Error: wrong_file, disk_full, io, corrupt.
std::unique_ptr<SQLite::Database> open_writer(const std::filesystem::path& path, Durability durability,
                                              const std::vector<Migration>& embedder, Time now);

// A connection that only reads, and never checkpoints.
std::unique_ptr<SQLite::Database> open_reader(const std::filesystem::path& path);

}  // namespace jobs::store
