#include "app/serve.h"

#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include <asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <optional>
#include <stdexcept>
#include <vector>

#include "app/daemon.h"
#include "app/log.h"
#include "app/watchdog.h"
#include "version.h"

namespace jobsd {
namespace {

// SIGTERM and SIGINT stop gracefully the first time, and at once the second; SIGHUP loads the certificate again.
class Signals {
 public:
  explicit Signals(Daemon& daemon) : daemon_(daemon), signals_(daemon.io(), SIGTERM, SIGINT, SIGHUP) { wait(); }

 private:
  void wait() {
    signals_.async_wait([this](const asio::error_code& error, int signal) {
      if (error) return;
      if (signal == SIGHUP) {
        daemon_.reload();
        wait();
        return;
      }
      if (stopping_) std::_Exit(128 + signal);
      stopping_ = true;
      sd_notify(0, "STOPPING=1");
      daemon_.stop();
      wait();
    });
  }

  Daemon& daemon_;
  asio::signal_set signals_;
  bool stopping_ = false;
};

// What systemd's socket activation passes (sd_listen_fds(3)). Throws std::runtime_error for what cannot be served.
std::vector<int> passed_sockets() {
  std::vector<int> sockets;
  const int count = sd_listen_fds(/*unset_environment=*/1);
  for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + count; ++fd) {
    if (sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0) {
      throw std::runtime_error("a socket that systemd passes must be a stream socket that listens: use ListenStream= and Accept=no");
    }
    sockets.push_back(fd);
  }
  return sockets;
}

}  // namespace

int serve(const Config& config) {
  const LogLine log = open_log(config.log);
  Daemon daemon(config, log, {.sockets = passed_sockets()});
  Signals signals(daemon);
  const std::string address = daemon.address();
  log(jobs::LogLevel::info, "jobsd " + std::string(version()) + " serves on " + address);
  std::printf("jobsd listening on %s\n", address.c_str());
  std::fflush(stdout);
  sd_notify(0, "READY=1");
  std::optional<Watchdog> watchdog;
  if (const auto period = watchdog_period(); period.count() > 0) {
    watchdog.emplace(daemon.io(), daemon.engine(), period, [] { sd_notify(0, "WATCHDOG=1"); });
  }
  daemon.run();
  return 0;
}

}  // namespace jobsd
