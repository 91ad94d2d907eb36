#include "store/owner_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "jobs/error.h"

namespace jobs::store {

OwnerLock::OwnerLock(const std::filesystem::path& database) {
  std::filesystem::path path = database;
  path += ".lock";
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file_ < 0) {
    throw Error(Errc::io, "cannot create " + path.string() + ": " + std::generic_category().message(errno));
  }
  // flock belongs to the open file, so a second engine in the same process is refused too.
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
    std::array<char, 32> owner = {};
    const ssize_t size = ::pread(file_, owner.data(), owner.size() - 1, 0);
    ::close(file_);
    throw Error(Errc::in_use, database.string() + " is owned by process " +
                                  (size > 0 ? std::string(owner.data(), static_cast<std::size_t>(size)) : "unknown"));
  }
  const std::string pid = std::to_string(::getpid());
  // The pid is a hint for people; the lock holds without it.
  if (::ftruncate(file_, 0) == 0) [[maybe_unused]] const ssize_t written = ::pwrite(file_, pid.data(), pid.size(), 0);
}

OwnerLock::~OwnerLock() { ::close(file_); }

}  // namespace jobs::store
