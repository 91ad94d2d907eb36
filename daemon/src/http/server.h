// http/server.h - HTTP/1.1 on Asio: connections, framing and limits. Knows nothing of what is served.
//
// Each connection is a coroutine. llhttp parses, in strict mode; the session refuses what llhttp still lets through. A
// request that cannot be read gets the fitting 4xx and the connection is closed.
// Thread safety: construct and call on the thread that runs the io_context; nothing else. One thread runs it, so make it with
// asio::io_context(1).
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "http/message.h"
#include "http/tls.h"

namespace http {

struct ServerOptions {
  // ---- What it refuses ----
  std::size_t header_bytes_max = 16 * 1024;
  std::size_t target_bytes_max = 8 * 1024;
  std::size_t body_bytes_max = 1024 * 1024;
  int headers_max = 100;
  // Above it a client gets 503 with Retry-After and is closed.
  int connections_max = 10'000;
  // Of one IPv4 address, or of one IPv6 network of 64 bits; above it the same. 0: no limit of its own.
  int connections_per_address_max = 0;

  // ---- How patient it is ----
  // From the first byte of a request to the last of its header.
  std::chrono::milliseconds header_time = std::chrono::seconds(10);
  // For the whole body.
  std::chrono::milliseconds body_time = std::chrono::seconds(30);
  // Between two requests on one connection.
  std::chrono::milliseconds idle_time = std::chrono::seconds(75);
  // For the client to take in a response, or a piece of a streamed one.
  std::chrono::milliseconds write_time = std::chrono::seconds(30);

  // How long what a client still sends after the last answer is read and dropped. Without it the system would reset the
  // connection, and a client that is still sending might never see why it was refused.
  std::chrono::milliseconds linger_time = std::chrono::seconds(2);

  // ---- What it says ----
  // Whether every request gets an id, which its answer repeats as X-Request-Id.
  bool request_ids = false;
  // Makes the answer to a request that could not be read: the daemon's error body. Empty: plain text.
  ErrorMaker make_error = {};
  // Told of each exception that a handler or a stream let out, and of each response that could not be sent as it was.
  std::function<void(std::string_view what)> on_failure = {};
};

class Server {
 public:
  Server(asio::io_context& io, ServerOptions options, Handler handler);
  // Closes every connection. Handlers that are suspended then go on as their own waits end, and their answers are dropped.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Each of the three adds a place where clients are accepted, and throws std::system_error when it cannot.
  // Port 0: any free one.
  void listen(const asio::ip::tcp::endpoint& endpoint);
  // A Unix socket, for its owner and group. A socket that a process left behind is replaced; throws std::runtime_error when one
  // listens there, or `path` is something else. Removed when accepting stops.
  void listen(const std::filesystem::path& path);
  // A socket that listens already, of either family; taken over.
  void adopt(int listening);

  // From now on clients on TCP speak TLS; those on Unix sockets never do. Again: a new certificate, for new connections.
  void use_tls(TlsContext context);

  // The address of the first TCP socket that is listened on; port 0 when there is none.
  asio::ip::tcp::endpoint endpoint() const;

  // Stops accepting and closes idle connections; those in a request answer it with "Connection: close". `done` is called
  // when the last connection has ended, or `limit` has passed and the rest were cut; never inside this call.
  // Handlers that wait are not told: who drains the server also knows what they wait for.
  void drain(std::chrono::milliseconds limit, std::function<void()> done);

  // In service; those that are being told that there is no room do not count.
  int connections() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace http
