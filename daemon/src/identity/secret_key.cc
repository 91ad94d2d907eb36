#include "identity/secret_key.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>

#include "identity/secrets.h"

namespace jobsd {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& what, int error) {
  throw std::runtime_error(file.string() + ": " + what + ": " + std::generic_category().message(error));
}

enum class Readers { owner_alone, any };

std::optional<SecretKey> read_key(const std::filesystem::path& file, Readers readers) {
  const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.valid()) {
    if (errno == ENOENT) return {};
    fail(file, "cannot open the secret key", errno);
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) fail(file, "cannot look at the secret key", errno);
  if (!S_ISREG(status.st_mode)) throw std::runtime_error(file.string() + ": the secret key is no regular file");
  if (readers == Readers::owner_alone && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    throw std::runtime_error(file.string() +
                             ": the secret key is open to others: chmod 600 it, and if somebody may have "
                             "read it, replace the webhook secrets that it protects");
  }
  SecretKey key;
  if (status.st_size != static_cast<off_t>(key.size())) {
    throw std::runtime_error(file.string() + ": the secret key must hold 32 bytes, not " +
                             std::to_string(status.st_size) + ": restore it from a backup");
  }
  std::size_t done = 0;
  while (done < key.size()) {
    const ssize_t n = ::read(fd.get(), key.data() + done, key.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fail(file, "cannot read the secret key", n < 0 ? errno : EIO);
    done += static_cast<std::size_t>(n);
  }
  return key;
}

// The key is complete and on disk before it gets its name, so that a crash leaves no half of one.
void create_key(const std::filesystem::path& file) {
  SecretKey key;
  fill_random(key);
  const std::filesystem::path fresh = file.string() + "." + random_uuid().to_string();
  {
    const Descriptor fd(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
    if (!fd.valid()) fail(fresh, "cannot create the secret key", errno);
    std::size_t done = 0;
    int error = 0;
    while (error == 0 && done < key.size()) {
      const ssize_t n = ::write(fd.get(), key.data() + done, key.size() - done);
      if (n > 0) {
        done += static_cast<std::size_t>(n);
      } else if (n < 0 && errno != EINTR) {
        error = errno;
      }
    }
    if (error == 0 && ::fsync(fd.get()) != 0) error = errno;
    if (error != 0) {
      ::unlink(fresh.c_str());
      fail(fresh, "cannot write the secret key", error);
    }
  }
  // Unlike a rename, a link never replaces a key that another process has just created.
  const int linked = ::link(fresh.c_str(), file.c_str()) == 0 ? 0 : errno;
  ::unlink(fresh.c_str());
  if (linked != 0 && linked != EEXIST) fail(file, "cannot create the secret key", linked);
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid() || ::fsync(directory.get()) != 0) fail(folder, "cannot sync the folder", errno);
}

}  // namespace

std::optional<SecretKey> secret_key_credential() {
  const char* const folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr) return {};
  // systemd decides who may read it; an access list of its shows as rights of the group.
  return read_key(std::filesystem::path(folder) / "secret.key", Readers::any);
}

SecretKey load_secret_key(const std::filesystem::path& file) {
  const char* const folder = std::getenv("CREDENTIALS_DIRECTORY");
  const bool credential = folder != nullptr && file.parent_path() == std::filesystem::path(folder);
  if (const auto key = read_key(file, credential ? Readers::any : Readers::owner_alone)) return *key;
  throw std::runtime_error(file.string() +
                           ": there is no such secret key: correct the path in the configuration, or restore it");
}

SecretKey load_or_create_secret_key(const std::filesystem::path& file) {
  if (const auto key = read_key(file, Readers::owner_alone)) return *key;
  create_key(file);
  if (const auto key = read_key(file, Readers::owner_alone)) return *key;
  throw std::runtime_error(file.string() +
                           ": the secret key disappeared while it was created: is another program cleaning up?");
}

}  // namespace jobsd
