// jobs/error.h - what the engine throws when it could not do what it was asked.
//
// A code is defined by what the caller should do next, not by where the fault was.
#pragma once

#include <string>
#include <system_error>

namespace jobs {

enum class Errc {
  // Another process owns the file. Stop it, or open another file.
  in_use = 1,
  // The file is not ours, or was written by a newer release. It was left untouched: check the path, or upgrade.
  wrong_file,
  // The disk is full, or a quota was reached. The store is unchanged: free space and try again.
  disk_full,
  // Reading or writing failed before the commit, or another transaction of it broke its Throws::before_writing, which the text
  // says. The store is unchanged: look at the disk, then try again.
  io,
  // A commit failed and its outcome is unknown. The engine refuses further writes: restart the process, which recovers
  // the file, and look at the disk.
  store_failed,
  // The file is damaged. Restore a backup.
  corrupt,
  // More asynchronous writes are waiting than Options::writes_waiting_max. Nothing was stored: slow down and try again.
  overloaded,
  // A stored secret cannot be decrypted with the key given, or no key was given. Check Options::secret_key.
  wrong_key,
  // There is a file of that name, and nothing replaces it. Choose another name, or move it away.
  exists,
  // JobSpec::after names a job that never was, or whose retention is over. Nothing was stored: look at the id.
  no_such_job,
};

const std::error_category& error_category() noexcept;

inline std::error_code make_error_code(Errc code) noexcept { return {static_cast<int>(code), error_category()}; }

// Thrown by every call that could not do what it was asked. Unless its code is store_failed, the store is as it was.
class Error : public std::system_error {
 public:
  Error(Errc code, const std::string& what) : std::system_error(make_error_code(code), what) {}
};

}  // namespace jobs

template <>
struct std::is_error_code_enum<jobs::Errc> : std::true_type {};
