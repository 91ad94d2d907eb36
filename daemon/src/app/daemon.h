// app/daemon.h - everything that serves, put together: models, store, engine, outgoing and incoming HTTP, control socket.
//
// One event loop, on the thread that calls run(), does all HTTP in both directions. Handlers of jobs and everything that waits
// for a disk run on threads of the engine; the control socket has its own.
//
// A stop has two phases. While running jobs are given time, requests are still answered: submissions and /readyz with 503,
// everything else as before, so that clients see their jobs end. Then held requests and streams end and connections close.
#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "ai/models.h"
#include "api/api.h"
#include "config/config.h"
#include "control/control.h"
#include "http/server.h"
#include "identity/identity.h"
#include "jobs/engine.h"
#include "metrics/counting_transport.h"
#include "metrics/http_counts.h"
#include "metrics/job_counts.h"
#include "outbound/curl_transport.h"
#include "outbound/guard.h"

namespace jobsd {

// A line about one job starts with "job=<id>". Called from any thread.
using LogLine = std::function<void(jobs::LogLevel level, std::string_view line)>;

// What a process is given beside its configuration.
struct Surroundings {
  // The time by which the rates of tokens are limited.
  std::function<RateLimit::Moment()> now = std::chrono::steady_clock::now;
  // Listening sockets to be taken over; when there are any, Config::listen is not used.
  std::vector<int> sockets = {};
};

// Thread safety: construct, run and destroy on one thread; reload(), stop() and the accessors may be called from any.
class Daemon {
 public:
  // Opens everything and listens; answers nothing before run(). Throws ConfigError when a model cannot be loaded, jobs::Error
  // when the store cannot be used, std::exception for the rest, each with what to do.
  Daemon(Config config, LogLine log, Surroundings surroundings = {});
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // Serves until a stop has ended.
  void run();
  // Reads the TLS certificate again. One that cannot be used is logged, and the one before stays.
  void reload();
  // Begins a graceful stop. Idempotent.
  void stop();

  // "http://127.0.0.1:8080", "unix:/run/jobsd/api.sock": what is listened on first.
  std::string address() const;
  // Event streams that are open now.
  int streams();
  Identity& identity() { return identity_; }
  jobs::Engine& engine() { return *engine_; }
  asio::io_context& io() { return io_; }

 private:
  std::unique_ptr<jobs::Engine> open_engine();
  // Writes a line with the id of the job it is about.
  jobs::LogCallback log_job() const;
  void write_metrics(Exposition& out) const;
  void listen(const std::vector<int>& sockets);
  void begin_stop();
  void end_stop();

  const Config config_;
  const LogLine log_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> keep_running_;
  const Models models_;
  const std::shared_ptr<const outbound::Guard> guard_;
  outbound::CurlTransport transport_;
  CountingTransport counted_transport_;
  HttpCounts request_counts_;
  std::unique_ptr<jobs::Engine> engine_;
  JobCounts job_counts_;
  Identity identity_;
  http::Handler handler_;
  std::optional<http::Server> server_;
  std::unique_ptr<Api> api_;
  std::optional<ControlServer> control_;
  bool stopping_ = false;
  std::jthread stopper_;
};

}  // namespace jobsd
