// A TLS client over a blocking socket. It takes any certificate: what is tested is the server. Does nothing more than the tests need.
#pragma once

#include <openssl/ssl.h>
#include <poll.h>

#include <cstdlib>
#include <memory>
#include <string_view>

#include "support/temporary_folder.h"
#include "support/tls_files.h"

// Whether tests that speak HTTP do so over TLS: they are registered twice, once with this in their environment.
inline bool over_tls() { return std::getenv("TEST_OVER_TLS") != nullptr; }

// "server.crt" and "server.key", for as long as the tests run.
inline const TemporaryFolder& tls_folder() {
  static const TemporaryFolder folder;
  static const bool written = (write_tls_files(folder.path(), "server", 1), true);
  static_cast<void>(written);
  return folder;
}

class TlsClient {
 public:
  // Does the handshake on a connected socket, which stays the caller's.
  explicit TlsClient(int fd, int newest_version = TLS1_3_VERSION)
      : context_(SSL_CTX_new(TLS_client_method())), ssl_(SSL_new(context_.get())) {
    SSL_set_max_proto_version(ssl_.get(), newest_version);
    SSL_set_fd(ssl_.get(), fd);
    ok_ = SSL_connect(ssl_.get()) == 1;
  }

  bool ok() const { return ok_; }
  SSL* native() { return ssl_.get(); }

  // As send() and recv().
  long send(std::string_view bytes) {
    return ok_ ? SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) : -1;
  }
  long receive(char* to, std::size_t size) {
    if (!ok_) return -1;
    const int got = SSL_read(ssl_.get(), to, static_cast<int>(size));
    return got > 0 ? got : (SSL_get_error(ssl_.get(), got) == SSL_ERROR_ZERO_RETURN ? 0 : -1);
  }
  // Whether receive() would not wait: TLS has messages of its own that are no bytes for its user.
  bool readable(int fd) {
    while (SSL_pending(ssl_.get()) == 0) {
      pollfd poll_for{.fd = fd, .events = POLLIN, .revents = 0};
      if (::poll(&poll_for, 1, 0) <= 0) return false;
      char byte;
      SSL_set_mode(ssl_.get(), 0);
      SSL_clear_mode(ssl_.get(), SSL_MODE_AUTO_RETRY);
      const int got = SSL_peek(ssl_.get(), &byte, 1);
      SSL_set_mode(ssl_.get(), SSL_MODE_AUTO_RETRY);
      if (got > 0 || SSL_get_error(ssl_.get(), got) != SSL_ERROR_WANT_READ) return true;
    }
    return true;
  }
  // Says that nothing more will be sent.
  void end_sending() { SSL_shutdown(ssl_.get()); }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> ssl_;
  bool ok_ = false;
};
