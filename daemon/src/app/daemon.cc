#include "app/daemon.h"

#include <asio/ip/address.hpp>
#include <asio/post.hpp>
#include <chrono>
#include <future>
#include <utility>

#include "ai/answer_handler.h"
#include "metrics/process.h"
#include "store/open.h"

namespace jobsd {
namespace {

// For connections that are in a request when everything else has stopped.
constexpr auto drain_limit = std::chrono::seconds(5);

std::shared_ptr<const outbound::Guard> make_guard(const WebhooksConfig& webhooks) {
  return std::make_shared<const outbound::Guard>(outbound::GuardOptions{.allow_http = webhooks.allow_http,
                                                                        .allow_networks = webhooks.allow_networks,
                                                                        .allow_ports = webhooks.allow_ports});
}

std::string url_of(const asio::ip::tcp::endpoint& endpoint, bool tls) {
  const auto address = endpoint.address();
  const std::string host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
  return (tls ? "https://" : "http://") + host + ":" + std::to_string(endpoint.port());
}

http::TlsFiles files_of(const TlsConfig& tls) { return {.certificate = tls.certificate, .key = tls.key}; }

// What a client on this machine would use.
std::string reachable_url(asio::ip::tcp::endpoint endpoint, bool tls) {
  if (endpoint.port() == 0) return "http://localhost";  // Only Unix sockets.
  if (endpoint.address().is_unspecified()) {
    endpoint.address(endpoint.address().is_v6() ? asio::ip::address(asio::ip::address_v6::loopback())
                                                : asio::ip::address(asio::ip::address_v4::loopback()));
  }
  return url_of(endpoint, tls);
}

}  // namespace

Daemon::Daemon(Config config, LogLine log, Surroundings surroundings)
    : config_(std::move(config)),
      log_(std::move(log)),
      keep_running_(asio::make_work_guard(io_)),
      models_(config_),
      guard_(make_guard(config_.webhooks)),
      transport_(io_, guard_),
      counted_transport_(transport_),
      engine_(open_engine()),
      job_counts_(*engine_),
      identity_(*engine_, {.records_kept = config_.retention.audit}) {
  for (const Problem& warning : models_.warnings()) log_(jobs::LogLevel::warning, warning.to_string());
  listen(surroundings.sockets);
  const std::string public_url =
      config_.public_url.empty() ? reachable_url(server_->endpoint(), config_.tls.has_value()) : config_.public_url;
  api_ = std::make_unique<Api>(ServiceParts{.io = io_,
                                            .engine = *engine_,
                                            .identity = identity_,
                                            .models = models_,
                                            .guard = *guard_,
                                            .config = config_,
                                            .requests = request_counts_,
                                            .public_url = public_url,
                                            .now = std::move(surroundings.now),
                                            .log = log_,
                                            .write_metrics = [this](Exposition& out) { write_metrics(out); }});
  handler_ = api_->handler();
  engine_->handle(std::string(answer_kind),
                  answer_handler({.engine = *engine_,
                                  .models = models_,
                                  .identity = identity_,
                                  .limits = query_limits(config_.analyst),
                                  .public_url = public_url,
                                  .log = log_job()}));
  control_.emplace(config_.control_socket(), identity_, *engine_);
  engine_->start();
}

Daemon::~Daemon() {
  if (stopper_.joinable()) stopper_.join();
  control_.reset();
  engine_->stop();
  // What is still suspended ends here, while all that it refers to is there.
  api_->end_waits();
  server_.reset();
  api_->join();
  io_.restart();
  io_.poll();
  transport_.stop();
  job_counts_.close();
  identity_.write_uses();
  engine_.reset();
  io_.restart();
  io_.poll();
}

jobs::LogCallback Daemon::log_job() const {
  return [this](jobs::LogLevel level, const jobs::JobId& job, std::string_view message) {
    log_(level, job == jobs::JobId() ? std::string(message) : "job=" + job.to_string() + " " + std::string(message));
  };
}

std::unique_ptr<jobs::Engine> Daemon::open_engine() {
  jobs::Options options = store_options(config_);
  options.transport = &counted_transport_;
  options.log = log_job();
  return std::make_unique<jobs::Engine>(std::move(options));
}

void Daemon::write_metrics(Exposition& out) const {
  job_counts_.write(out);
  counted_transport_.write(out);
  out.single("jobsd_http_connections", Exposition::Type::gauge, "Connections of clients.", server_ ? server_->connections() : 0);
  write_process(out);
}

void Daemon::listen(const std::vector<int>& sockets) {
  http::ServerOptions options;
  options.body_bytes_max = config_.api.body_bytes_max;
  options.header_bytes_max = config_.api.header_bytes_max;
  options.target_bytes_max = config_.api.url_bytes_max;
  options.connections_max = config_.api.connections_max;
  options.connections_per_address_max = config_.api.connections_per_address_max;
  options.header_time = config_.api.header_time;
  options.body_time = config_.api.body_time;
  options.idle_time = config_.api.idle_time;
  options.write_time = config_.api.write_time;
  options.request_ids = true;
  options.make_error = Api::error_maker(config_.api, request_counts_);
  options.on_failure = [this](std::string_view what) { log_(jobs::LogLevel::error, what); };
  server_.emplace(io_, std::move(options), [this](const http::Request& request) { return handler_(request); });
  if (config_.tls) server_->use_tls(http::load_tls(files_of(*config_.tls)));
  for (const int socket : sockets) server_->adopt(socket);
  if (!sockets.empty()) return;
  if (config_.listen.unix_socket.empty()) {
    server_->listen({asio::ip::make_address(config_.listen.host), config_.listen.port});
  } else {
    server_->listen(config_.listen.unix_socket);
  }
}

void Daemon::run() { io_.run(); }

void Daemon::reload() {
  asio::post(io_, [this] {
    if (!config_.tls) {
      log_(jobs::LogLevel::info, "there is nothing to load again: only a certificate is, and none is configured");
      return;
    }
    try {
      server_->use_tls(http::load_tls(files_of(*config_.tls)));
      log_(jobs::LogLevel::info, "the certificate was loaded again");
    } catch (const std::exception& error) {
      log_(jobs::LogLevel::error, std::string(error.what()) + "; the certificate before stays in use");
    }
  });
}

void Daemon::stop() {
  asio::post(io_, [this] { begin_stop(); });
}

std::string Daemon::address() const {
  if (server_->endpoint().port() != 0) return url_of(server_->endpoint(), config_.tls.has_value());
  return config_.listen.unix_socket.empty() ? "a socket that was passed" : "unix:" + config_.listen.unix_socket.string();
}

int Daemon::streams() {
  std::promise<int> open;
  asio::post(io_, [&] { open.set_value(api_->streams()); });
  return open.get_future().get();
}

void Daemon::begin_stop() {
  if (std::exchange(stopping_, true)) return;
  api_->drain();
  log_(jobs::LogLevel::info, "stopping: no new jobs are taken, running ones are given time");
  stopper_ = std::jthread([this] {
    engine_->stop(config_.stop_grace);
    asio::post(io_, [this] { end_stop(); });
  });
}

void Daemon::end_stop() {
  api_->end_waits();
  server_->drain(drain_limit, [this] {
    log_(jobs::LogLevel::info, "stopped");
    transport_.stop();
    keep_running_.reset();
    io_.stop();
  });
}

}  // namespace jobsd
