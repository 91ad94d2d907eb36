// tests/daemon/http/harness.h - a server on its own thread and a client that writes bytes as it likes, over loopback.
//
// The client's socket blocks, with a generous timeout that only a failing test reaches: nothing here sleeps.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/address.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "http/characters.h"
#include "http/message.h"
#include "http/server.h"
#include "support/tls_client.h"

namespace http::test {

using namespace std::chrono_literals;

inline constexpr auto long_enough = 20s;

class TestServer {
 public:
  explicit TestServer(Handler handler, ServerOptions options = {})
      : work_(asio::make_work_guard(io_)), thread_([this] { io_.run(); }) {
    on_loop([&] {
      server_.emplace(io_, std::move(options), std::move(handler));
      if (over_tls()) {
        server_->use_tls(load_tls({.certificate = tls_folder() / "server.crt", .key = tls_folder() / "server.key"}));
      }
      server_->listen({asio::ip::make_address("127.0.0.1"), 0});
      port_ = server_->endpoint().port();
    });
  }
  ~TestServer() {
    on_loop([this] { server_.reset(); });
    io_.stop();
    thread_.join();
  }

  unsigned short port() const { return port_; }
  asio::io_context& io() { return io_; }
  Server& server() { return *server_; }

  template <typename F>
  auto on_loop(F f) -> decltype(f()) {
    std::packaged_task<decltype(f())()> task(std::move(f));
    auto result = task.get_future();
    asio::post(io_, [&task] { task(); });
    return result.get();
  }
  int connections() {
    return on_loop([this] { return server_->connections(); });
  }
  // Ready when the server says that it has drained.
  std::future<void> drain(std::chrono::milliseconds limit) {
    auto done = std::make_shared<std::promise<void>>();
    auto future = done->get_future();
    on_loop([&] { server_->drain(limit, [done] { done->set_value(); }); });
    return future;
  }

 private:
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::optional<Server> server_;
  unsigned short port_ = 0;
  std::thread thread_;
};

struct Answer {
  int status = 0;
  Headers headers = {};
  std::string body = {};
  std::string header(std::string_view name) const { return std::string(headers.find(name).value_or("")); }
};

class TestClient {
 public:
  explicit TestClient(const TestServer& server, int receive_buffer = 0) : TestClient(open_socket(receive_buffer)) {
    connect(server);
  }
  // Not connected yet.
  TestClient() : TestClient(open_socket(0)) {}
  ~TestClient() { close(); }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  bool connect(const TestServer& server) {
    sockaddr_in to = {};
    to.sin_family = AF_INET;
    to.sin_port = htons(server.port());
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) return false;
    if (over_tls()) tls_.emplace(fd_);
    return true;
  }

  // False when the server has closed or reset the connection.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto n = tls_ ? tls_->send(bytes) : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  void end_sending() {
    if (tls_) tls_->end_sending();
    ::shutdown(fd_, SHUT_WR);
  }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  // Closes with a reset.
  void reset() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
  }
  // Whether there is something to read, or the end, within `wait`.
  bool readable(std::chrono::milliseconds wait) {
    if (!read_.empty()) return true;
    pollfd poll_for{.fd = fd_, .events = POLLIN, .revents = 0};
    return ::poll(&poll_for, 1, static_cast<int>(wait.count())) > 0 && (!tls_ || tls_->readable(fd_));
  }

  // Everything until the server closes. Throws if it does not.
  std::string read_to_end() {
    while (fill()) {
    }
    return std::exchange(read_, {});
  }
  // At least `bytes`, or what there was when the connection ended.
  std::string read_some(std::size_t bytes) {
    while (read_.size() < bytes && fill()) {
    }
    return std::exchange(read_, {});
  }

  // The next answer, or nothing if the connection ended instead. `head_only`: to a HEAD request.
  std::optional<Answer> answer(bool head_only = false) {
    std::size_t end = std::string::npos;
    while ((end = read_.find("\r\n\r\n")) == std::string::npos) {
      if (!fill()) return std::nullopt;
    }
    std::string_view head = std::string_view(read_).substr(0, end + 2);
    Answer out;
    if (!head.starts_with("HTTP/1.1 ")) throw std::runtime_error("not a status line: " + std::string(head));
    out.status = std::atoi(std::string(head.substr(9, 3)).c_str());
    head.remove_prefix(head.find("\r\n") + 2);
    while (!head.empty()) {
      const auto line = head.substr(0, head.find("\r\n"));
      const auto colon = line.find(": ");
      out.headers.add(std::string(line.substr(0, colon)), std::string(line.substr(colon + 2)));
      head.remove_prefix(line.size() + 2);
    }
    read_.erase(0, end + 4);
    if (head_only || out.status < 200 || out.status == 204 || out.status == 304) return out;
    if (out.header("Transfer-Encoding") == "chunked") {
      while (true) {
        const auto size = std::strtoul(line().c_str(), nullptr, 16);
        out.body += take(size);
        if (take(2) != "\r\n") throw std::runtime_error("a chunk does not end with CRLF");
        if (size == 0) return out;
      }
    }
    if (const auto length = out.headers.find("Content-Length")) {
      out.body = take(std::strtoul(std::string(*length).c_str(), nullptr, 10));
    } else {
      out.body = read_to_end();
    }
    return out;
  }
  // Sends and reads one answer; throws when there is none.
  Answer ask(std::string_view request) {
    send(request);
    auto out = answer(request.starts_with("HEAD "));
    if (!out) throw std::runtime_error("the connection ended without an answer");
    return *out;
  }
  // Whether the server closes now, with nothing more to read.
  bool ended() { return read_.empty() && !fill(); }

 private:
  explicit TestClient(int fd) : fd_(fd) {}

  static int open_socket(int receive_buffer) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    const timeval patience{.tv_sec = std::chrono::seconds(long_enough).count(), .tv_usec = 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (receive_buffer > 0) ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    return fd;
  }
  // False at the end, which may be a reset.
  bool fill() {
    char buffer[16 * 1024];
    const auto n = tls_ ? tls_->receive(buffer, sizeof buffer) : ::recv(fd_, buffer, sizeof buffer, 0);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) throw std::runtime_error("the server said nothing for too long");
    if (n <= 0) return false;
    read_.append(buffer, static_cast<std::size_t>(n));
    return true;
  }
  std::string take(std::size_t bytes) {
    while (read_.size() < bytes) {
      if (!fill()) throw std::runtime_error("the connection ended inside a body");
    }
    auto out = read_.substr(0, bytes);
    read_.erase(0, bytes);
    return out;
  }
  std::string line() {
    std::size_t end = std::string::npos;
    while ((end = read_.find("\r\n")) == std::string::npos) {
      if (!fill()) throw std::runtime_error("the connection ended inside a chunk");
    }
    auto out = read_.substr(0, end);
    read_.erase(0, end + 2);
    return out;
  }

  int fd_ = -1;
  std::optional<TlsClient> tls_;
  std::string read_;
};

// "GET / HTTP/1.1" with a Host and the lines given, each with its CRLF.
inline std::string get(std::string_view path = "/", std::string_view lines = {}) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: test\r\n" + std::string(lines) + "\r\n";
}

// Says back what it was asked: "METHOD path name=value,... body".
inline asio::awaitable<Response> echo(const Request& request) {
  Response response;
  response.body = request.method + ' ' + request.path + ' ';
  for (const auto& [name, value] : request.query) response.body += name + '=' + value + ',';
  response.body += ' ' + request.body;
  co_return response;
}

}  // namespace http::test
