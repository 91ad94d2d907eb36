// support/fault_vfs.h - a disk that fails when a test wants it to.
//
// A shim over SQLite's own VFS, after the method of SQLite's tests (https://sqlite.org/testing.html#i_o_error_testing).
// While one of these lives it is SQLite's default VFS, and it counts the calls that touch a file. From the chosen call on
// it either fails that one call, or cuts the power: every later call fails, and power_cut_image() shows what a disk
// would hold: all that was synced, and of the rest any part, down to torn sectors.
// Thread safety: calls of SQLite's may come from any thread; the members here are for the test's own thread.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

class FaultVfs {
 public:
  enum class Call { read, write, sync, truncate, open, remove, size, access, lock, shm_map, shm_lock };
  enum class Mode {
    // Counts only.
    none,
    // The n-th call fails with `error`; those after it work.
    fail_once,
    // The n-th call and every later one fails.
    fail_from,
  };

  FaultVfs();
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  // Counts begin anew. `which` empty: calls of every kind count.
  void arm(Mode mode, int nth, int error, std::set<Call> which = {});
  void disarm() { arm(Mode::none, 0, 0); }
  // Calls counted since arm().
  int calls() const;
  // Whether a fault was delivered since arm().
  bool struck() const;

  // Writes into `folder` what is left of the files below `from` after the power went: synced content, plus a random
  // part of what was written since.
  void power_cut_image(const std::filesystem::path& from, const std::filesystem::path& folder, std::uint64_t seed) const;

 private:
  struct Shim;
  struct Write {
    std::int64_t offset = 0;
    std::string bytes = {};
    // Set: the file was cut to `offset`.
    bool truncate = false;
  };
  struct Disk {
    std::string synced = {};
    std::vector<Write> unsynced = {};
    bool exists_synced = false;
  };

  // The error to deliver for this call, or SQLITE_OK.
  int strike(Call call);
  // A file that was there before the first call to it is safe on the disk.
  void remember(const std::string& path);

  sqlite3_vfs vfs_ = {};
  sqlite3_vfs* real_ = nullptr;

  mutable std::mutex mutex_;
  Mode mode_ = Mode::none;
  int nth_ = 0;
  int error_ = 0;
  std::set<Call> which_;
  int calls_ = 0;
  bool struck_ = false;
  std::map<std::string, Disk> disks_;
};
