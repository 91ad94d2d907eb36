#include "app/serve.h"

#include <systemd/sd-daemon.h>

#include <asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>

#include "app/daemon.h"
#include "app/log.h"
#include "version.h"

namespace jobsd {
namespace {

// Waits for the first signal, which stops gracefully, and then for the second.
class Signals {
 public:
  explicit Signals(Daemon& daemon) : daemon_(daemon), signals_(daemon.io(), SIGTERM, SIGINT) { wait(); }

 private:
  void wait() {
    signals_.async_wait([this](const asio::error_code& error, int signal) {
      if (error) return;
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

}  // namespace

int serve(const Config& config) {
  const LogLine log = open_log(config.log);
  Daemon daemon(config, log);
  Signals signals(daemon);
  const std::string address = daemon.address();
  log(jobs::LogLevel::info, "jobsd " + std::string(version()) + " serves on " + address);
  std::printf("jobsd listening on %s\n", address.c_str());
  std::fflush(stdout);
  sd_notify(0, "READY=1");
  daemon.run();
  return 0;
}

}  // namespace jobsd
