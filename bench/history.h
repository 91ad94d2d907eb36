// history.h - a file of the engine's with many finished jobs in it, as after months of service.
#pragma once

#include <cstdint>
#include <filesystem>

// Makes `file` if it is not there: `jobs` COMPLETE jobs with the events of a run each. Plain SQLite writes it, without any
// fsync; it gets its name when it is whole.
void make_history(const std::filesystem::path& file, std::int64_t jobs);
