// What a running jobsd tells systemd, and what it takes from it.
#include <sys/socket.h>
#include <sys/un.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>

#include "daemon/admin/serving.h"

namespace {

// A variable of the environment of whatever is started meanwhile.
class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~Environment() { ::unsetenv(name_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
};

// The receiving end of sd_notify(3).
class Manager {
 public:
  explicit Manager(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  ~Manager() { ::close(fd_); }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  std::string next() const {
    char text[1024];
    const ssize_t n = ::recv(fd_, text, sizeof text, 0);
    REQUIRE(n > 0);
    return std::string(text, static_cast<std::size_t>(n));
  }
  void await(const std::string& message) const {
    while (next() != message) {
    }
  }

 private:
  int fd_;
};

struct Configured {
  TemporaryFolder folder;
  std::string config = folder.write("jobsd.yaml", "listen: 127.0.0.1:0\n").string();
};

TEST_CASE("systemd is told of readiness, of each beat of the watchdog, and of the stop", "[systemd]") {
  const Configured here;
  const std::string socket = here.folder / "notify";
  const Manager manager(socket);
  const Environment notify("NOTIFY_SOCKET", socket);
  const Environment watchdog("WATCHDOG_USEC", "30000");
  Serving serving(here.config);
  manager.await("READY=1");
  for (int i = 0; i < 3; ++i) manager.await("WATCHDOG=1");
  serving.signal(SIGTERM);
  manager.await("STOPPING=1");
  CHECK(serving.exit_status() == 0);
}

TEST_CASE("the key of the webhook secrets comes from systemd's credentials when one is given", "[systemd]") {
  const Configured here;
  std::filesystem::create_directory(here.folder / "credentials");
  const auto credential = here.folder.write("credentials/secret.key", std::string(32, 'k'));
  // systemd lets the service read it by an access list, which shows in the rights of the group.
  std::filesystem::permissions(credential, std::filesystem::perms::owner_read | std::filesystem::perms::group_read);
  const Environment credentials("CREDENTIALS_DIRECTORY", here.folder / "credentials");
  {
    Serving serving(here.config);
    CHECK_FALSE(std::filesystem::exists(here.folder / "data/secret.key"));
    serving.signal(SIGTERM);
    CHECK(serving.exit_status() == 0);
  }
  here.folder.write("credentials/secret.key", std::string(31, 'k'));
  const Ran ran = run_jobsd({"serve", "--config", here.config});
  CHECK(ran.status == 1);
  CHECK(ran.err.find("32 bytes") != std::string::npos);
}

}  // namespace
