#include "http/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/redirect_error.hpp>
#include <asio/ssl.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace http {
namespace {

using Socket = asio::generic::stream_protocol::socket;

// One TLS record.
constexpr std::size_t relayed_bytes = 16 * 1024;

// What a client may still send after the end before it is cut.
constexpr std::size_t bytes_after_end_max = 1024 * 1024;

constexpr unsigned char alpn[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

// A client that offers only other protocols gets none chosen, and may go on or not.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size, void*) {
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, alpn, sizeof alpn, in, in_size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

// One client. Two coroutines carry the two directions, each owner of the relay; a timer cuts it.
class Relay : public std::enable_shared_from_this<Relay> {
 public:
  Relay(asio::io_context& io, TlsContext context, Socket client, Socket served, const TlsPatience& patience)
      : io_(io),
        context_(std::move(context)),
        tls_(std::move(client), *context_),
        served_(std::move(served)),
        timer_(io),
        patience_(patience) {}

  void start() {
    asio::co_spawn(io_, carry_in(shared_from_this()), asio::detached);
  }

 private:
  // From the client: the handshake, then bytes until it sends no more.
  asio::awaitable<void> carry_in([[maybe_unused]] std::shared_ptr<Relay> self) {
    std::error_code error;
    limit(patience_.handshake);
    co_await tls_.async_handshake(asio::ssl::stream_base::server, asio::redirect_error(asio::use_awaitable, error));
    timer_.cancel();
    if (error) {
      cut();
      co_return;
    }
    asio::co_spawn(io_, carry_out(shared_from_this()), asio::detached);
    std::array<char, relayed_bytes> bytes;
    while (!error) {
      const auto got = co_await tls_.async_read_some(asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, error));
      if (got == 0) break;
      co_await asio::async_write(served_, asio::buffer(bytes.data(), got), asio::redirect_error(asio::use_awaitable, error));
    }
    std::error_code ignored;
    served_.shutdown(Socket::shutdown_send, ignored);
  }

  // To the client: bytes until the served side closes, then the end of TLS, so that the client can tell it from a cut.
  asio::awaitable<void> carry_out([[maybe_unused]] std::shared_ptr<Relay> self) {
    std::error_code error;
    std::array<char, relayed_bytes> bytes;
    while (!error) {
      const auto got = co_await served_.async_read_some(asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, error));
      if (got == 0) break;
      limit(patience_.write);
      co_await asio::async_write(tls_, asio::buffer(bytes.data(), got), asio::redirect_error(asio::use_awaitable, error));
      timer_.cancel();
    }
    limit(patience_.write);
    co_await end_tls();
    limit(patience_.linger);
    co_await linger();
    timer_.cancel();
    cut();
  }

  // Drops what the client still sends until it closes: closing over unread bytes would reset the connection, and take what was sent
  // last with it.
  asio::awaitable<void> linger() {
    auto& socket = tls_.next_layer();
    std::error_code error;
    socket.shutdown(Socket::shutdown_send, error);
    std::array<char, 2048> dropped;
    for (std::size_t total = 0; !error && total < bytes_after_end_max;) {
      total += co_await socket.async_read_some(asio::buffer(dropped), asio::redirect_error(asio::use_awaitable, error));
    }
  }

  // Sends close_notify without waiting for the client's: it has been told that nothing follows.
  asio::awaitable<void> end_tls() {
    SSL_set_quiet_shutdown(tls_.native_handle(), 0);
    SSL_set_shutdown(tls_.native_handle(), SSL_RECEIVED_SHUTDOWN);
    std::error_code ignored;
    co_await tls_.async_shutdown(asio::redirect_error(asio::use_awaitable, ignored));
  }

  void limit(std::chrono::milliseconds time) {
    timer_.expires_after(time);
    timer_.async_wait([self = shared_from_this()](std::error_code error) {
      if (!error && std::chrono::steady_clock::now() >= self->timer_.expiry()) self->cut();
    });
  }

  void cut() {
    std::error_code ignored;
    tls_.lowest_layer().close(ignored);
    served_.close(ignored);
  }

  asio::io_context& io_;
  const TlsContext context_;
  asio::ssl::stream<Socket> tls_;
  Socket served_;
  asio::steady_timer timer_;
  const TlsPatience patience_;
};

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& what, const std::error_code& error) {
  throw std::runtime_error(file.string() + ": " + what + ": " + error.message());
}

}  // namespace

TlsContext load_tls(const TlsFiles& files) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_alpn_select_cb(context->native_handle(), choose_protocol, nullptr);
  // A key with a passphrase is refused instead of asked for on a terminal.
  context->set_password_callback([](std::size_t, asio::ssl::context::password_purpose) { return std::string(); });
  std::error_code error;
  context->use_certificate_chain_file(files.certificate.string(), error);
  if (error) fail(files.certificate, "cannot be used as the certificate; give PEM, readable by this user", error);
  context->use_private_key_file(files.key.string(), asio::ssl::context::pem, error);
  if (error) fail(files.key, "cannot be used as the key of that certificate; give PEM without a passphrase, readable by this user", error);
  return context;
}

Socket relay_tls(asio::io_context& io, TlsContext context, Socket client, const TlsPatience& patience) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot make a socket pair");
  }
  const asio::generic::stream_protocol protocol(AF_UNIX, 0);
  Socket relayed(io);
  Socket served(io);
  std::error_code error;
  relayed.assign(protocol, ends[0], error);
  served.assign(protocol, ends[1], error);
  if (error) {
    if (!relayed.is_open()) ::close(ends[0]);
    if (!served.is_open()) ::close(ends[1]);
    throw std::system_error(error);
  }
  std::make_shared<Relay>(io, std::move(context), std::move(client), std::move(relayed), patience)->start();
  return served;
}

}  // namespace http
