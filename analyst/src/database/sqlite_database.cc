// An SQLite file as a Database: a pool of sessions, so that calls from several threads run beside each other.
#include <sys/stat.h>

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "analyst/database.h"
#include "analyst/error.h"
#include "compile/dialect.h"
#include "database/sqlite_session.h"

namespace analyst {
namespace {

// Kept open for the next call; a call beyond these opens a session and closes it again.
constexpr std::size_t idle_sessions_max = 8;

// Which file a path leads to. A new file under the same name is a new database.
struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;

  static FileIdentity of(const std::filesystem::path& path) {
    struct stat status = {};
    if (::stat(path.c_str(), &status) != 0) return {};
    return {.device = status.st_dev, .inode = status.st_ino};
  }
};

class SqliteDatabase : public Database {
 public:
  explicit SqliteDatabase(std::filesystem::path path) : path_(std::move(path)) {
    identity_ = FileIdentity::of(path_);
    idle_.push_back(std::make_unique<SqliteSession>(path_));
  }

  // Runs `work` on a session that nobody else has meanwhile.
  template <typename Work>
  auto with_session(const Work& work) {
    std::unique_ptr<SqliteSession> session;
    const FileIdentity now = FileIdentity::of(path_);
    {
      const std::lock_guard lock(mutex_);
      if (now != identity_) {
        idle_.clear();
        identity_ = now;
      }
      if (!idle_.empty()) {
        session = std::move(idle_.back());
        idle_.pop_back();
      }
    }
    if (session == nullptr) session = std::make_unique<SqliteSession>(path_);
    // After an exception the session is closed and not kept.
    auto result = work(*session);
    const std::lock_guard lock(mutex_);
    if (idle_.size() < idle_sessions_max && now == identity_) idle_.push_back(std::move(session));
    return result;
  }

  Rows run(const Statement& statement, const Limits& limits, std::stop_token stop) override {
    return with_session([&](SqliteSession& session) { return session.run(statement, limits, stop); });
  }

  std::vector<TableInfo> describe() override {
    return with_session([](SqliteSession& session) { return session.describe(); });
  }

  const Dialect& dialect() const override { return sqlite_dialect(); }

 private:
  // Set once.
  const std::filesystem::path path_;

  std::mutex mutex_ = {};
  // Guarded by mutex_.
  FileIdentity identity_ = {};
  std::vector<std::unique_ptr<SqliteSession>> idle_ = {};
};

}  // namespace

std::unique_ptr<Database> open_sqlite(const std::filesystem::path& path) {
  return std::make_unique<SqliteDatabase>(path);
}

}  // namespace analyst
