#include "store/backup.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>
#include <system_error>

#include "jobs/error.h"
#include "store/database.h"
#include "store/errors.h"

namespace jobs::store {
namespace {

namespace fs = std::filesystem;

// Copied and brought to disk together: 4 MiB.
constexpr int pages_at_once = 1024;

[[noreturn]] void fail(const fs::path& path, const std::string& what, int error) {
  const Errc code = error == EEXIST ? Errc::exists : error == ENOSPC || error == EDQUOT ? Errc::disk_full : Errc::io;
  throw Error(code, path.string() + ": " + what + ": " + std::generic_category().message(error));
}

[[noreturn]] void refuse(const fs::path& path) {
  throw Error(Errc::exists, path.string() + " exists, and a backup replaces nothing: choose another name");
}

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

// An open file. Closed when it goes.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// The copy before it is whole. Goes when it is not given its name.
class Unfinished {
 public:
  explicit Unfinished(const fs::path& target) : name_(target.string() + ".XXXXXX.partial"), fd_(make(name_)) {}
  ~Unfinished() {
    if (!name_.empty()) ::unlink(name_.c_str());
  }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;

  const std::string& name() const { return name_; }

  void to_disk() const {
    if (::fsync(fd_.get()) != 0) fail(name_, "cannot be written to disk", errno);
  }

  // Never replaces a file, also one that came just now.
  void finish(const fs::path& target) {
    if (::renameat2(AT_FDCWD, name_.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) != 0) {
      if (errno == EEXIST) refuse(target);
      // Some network file systems cannot do that, but link.
      if (errno != EINVAL && errno != ENOSYS) fail(target, "cannot be given its name", errno);
      if (::link(name_.c_str(), target.c_str()) != 0) {
        if (errno == EEXIST) refuse(target);
        fail(target, "cannot be given its name", errno);
      }
      ::unlink(name_.c_str());
    }
    name_.clear();
    const fs::path folder = folder_of(target);
    const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.get() < 0 || ::fsync(directory.get()) != 0) {
      const int error = errno;
      ::unlink(target.c_str());
      fail(folder, "cannot be written to disk", error);
    }
  }

 private:
  // Readable by its owner alone.
  static int make(std::string& name) {
    const int fd = ::mkstemps(name.data(), static_cast<int>(std::string_view(".partial").size()));
    if (fd < 0) fail(folder_of(name), "a backup cannot be created there", errno);
    return fd;
  }

  std::string name_;
  Descriptor fd_;
};

struct FinishBackup {
  void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
};

void copy(const fs::path& from, const Unfinished& to, const BackupCallback& progress) {
  const auto source = open_reader(from);
  SQLite::Database copy(to.name(), SQLite::OPEN_READWRITE | SQLITE_OPEN_NOMUTEX);
  // A copy that fails is thrown away whole. Few pages in memory, since each piece goes to disk at once.
  copy.exec("PRAGMA journal_mode = OFF");
  copy.exec("PRAGMA cache_size = -1024");

  // Held to the end, so that what is written meanwhile neither shows nor makes SQLite begin again.
  source->exec("BEGIN");
  source->execAndGet("SELECT count(*) FROM sqlite_schema");
  const int page_bytes = source->execAndGet("PRAGMA page_size").getInt();
  std::unique_ptr<sqlite3_backup, FinishBackup> backup(
      sqlite3_backup_init(copy.getHandle(), "main", source->getHandle(), "main"));
  if (!backup) throw SQLite::Exception(copy.getHandle());
  for (int outcome = SQLITE_OK; outcome != SQLITE_DONE;) {
    outcome = sqlite3_backup_step(backup.get(), pages_at_once);
    if (outcome != SQLITE_OK && outcome != SQLITE_DONE) throw SQLite::Exception(sqlite3_errstr(outcome), outcome);
    to.to_disk();
    if (!progress) continue;
    const std::int64_t pages = sqlite3_backup_pagecount(backup.get());
    progress({.bytes_done = (pages - sqlite3_backup_remaining(backup.get())) * page_bytes, .bytes = pages * page_bytes});
  }
  if (const int outcome = sqlite3_backup_finish(backup.release()); outcome != SQLITE_OK) {
    throw SQLite::Exception(sqlite3_errstr(outcome), outcome);
  }
}

}  // namespace

void back_up(const fs::path& from, const fs::path& to, const BackupCallback& progress) {
  // Early, before the work; finish() makes sure.
  struct stat status {};
  if (::lstat(to.c_str(), &status) == 0) refuse(to);
  Unfinished unfinished(to);
  translated([&] { copy(from, unfinished, progress); });
  unfinished.to_disk();
  unfinished.finish(to);
}

}  // namespace jobs::store
