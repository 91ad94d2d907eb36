// http/tls.h - TLS for connections that know nothing of it.
//
// A relay does the handshake and then carries bytes between the client and one end of a socket pair; the server serves the other
// end like any client. That costs a copy, and keeps everything a connection does with its socket - sending without waiting,
// noticing that a client left, closing - the same with and without TLS. Only what is encrypted pays.
// Thread safety: none; used on the event loop only.
#pragma once

#include <asio/generic/stream_protocol.hpp>
#include <asio/io_context.hpp>
#include <chrono>
#include <filesystem>
#include <memory>

namespace asio::ssl {
class context;
}

namespace http {

struct TlsFiles {
  // PEM; the server's certificate, then those between it and the root.
  std::filesystem::path certificate = {};
  // PEM, not encrypted.
  std::filesystem::path key = {};
};

using TlsContext = std::shared_ptr<asio::ssl::context>;

// TLS 1.2 and 1.3, with ALPN for HTTP/1.1. Throws std::runtime_error that names the file and says what is wrong with it.
TlsContext load_tls(const TlsFiles& files);

struct TlsPatience {
  // For the handshake.
  std::chrono::milliseconds handshake = std::chrono::seconds(10);
  // For the client to take in what is sent to it.
  std::chrono::milliseconds write = std::chrono::seconds(30);
  // For the client to close after the end.
  std::chrono::milliseconds linger = std::chrono::seconds(2);
};

// Starts a relay for `client` and returns what is to be served in its place. The relay ends with either side; what the served side
// sent before it closed still reaches the client. Throws std::system_error when there are no descriptors.
asio::generic::stream_protocol::socket relay_tls(asio::io_context& io, TlsContext context,
                                                 asio::generic::stream_protocol::socket client,
                                                 const TlsPatience& patience);

}  // namespace http
