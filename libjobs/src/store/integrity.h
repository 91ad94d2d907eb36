// store/integrity.h - whether the file is sound: SQLite's structure, and what the tables owe each other.
//
// Each rule is one statement that finds what breaks it, so that a rule that nothing breaks is silent. A rule belongs here
// when no constraint of the schema can hold it. Thread safety: a free function; any thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "jobs/upkeep.h"

namespace jobs::store {

// What is wrong, one line each. Throws Error: io. Damage is a problem that is returned, not an error.
std::vector<std::string> check_integrity(const std::filesystem::path& path, CheckDepth depth);

}  // namespace jobs::store
