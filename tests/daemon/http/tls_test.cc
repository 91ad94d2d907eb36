// TLS: who gets in, a certificate that is changed, and clients that do not play along.
#include "http/tls.h"

#include <openssl/x509.h>

#include <catch2/catch.hpp>

#include "harness.h"

namespace http::test {
namespace {

TlsFiles files(const TemporaryFolder& folder, const std::string& name) {
  return {.certificate = folder / (name + ".crt"), .key = folder / (name + ".key")};
}

struct TlsServer {
  explicit TlsServer(ServerOptions options = {}) : server(echo, std::move(options)) {
    write_tls_files(folder.path(), "a", 1);
    write_tls_files(folder.path(), "b", 2);
    use("a");
  }
  void use(const std::string& name) {
    server.on_loop([&] { server.server().use_tls(load_tls(files(folder, name))); });
  }
  TemporaryFolder folder;
  TestServer server;
};

struct RawClient {
  explicit RawClient(const TestServer& server) : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval patience{.tv_sec = std::chrono::seconds(long_enough).count(), .tv_usec = 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in to = {};
    to.sin_family = AF_INET;
    to.sin_port = htons(server.port());
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) throw std::runtime_error("no connection");
  }
  ~RawClient() { ::close(fd); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  int fd;
};

// The answer to a GET, whole, and whether the end was said and not only cut.
struct Ended {
  std::string text = {};
  bool closed_properly = false;
};
Ended ask_to_end(TlsClient& tls) {
  tls.send("GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  Ended out;
  char piece[4096];
  long n = 0;
  while ((n = tls.receive(piece, sizeof piece)) > 0) out.text.append(piece, static_cast<std::size_t>(n));
  out.closed_properly = n == 0;
  return out;
}

long serial_of(TlsClient& tls) {
  X509* const certificate = SSL_get1_peer_certificate(tls.native());
  const long serial = certificate == nullptr ? -1 : ASN1_INTEGER_get(X509_get_serialNumber(certificate));
  X509_free(certificate);
  return serial;
}

TEST_CASE("a client is served over TLS 1.3 and 1.2, and told of the end", "[tls]") {
  TlsServer server;
  for (const int version : {TLS1_3_VERSION, TLS1_2_VERSION}) {
    RawClient client(server.server);
    TlsClient tls(client.fd, version);
    REQUIRE(tls.ok());
    CHECK(SSL_version(tls.native()) == version);
    const Ended answer = ask_to_end(tls);
    CHECK(answer.text.starts_with("HTTP/1.1 200 "));
    CHECK(answer.text.ends_with("GET /a  "));
    CHECK(answer.closed_properly);
  }
}

TEST_CASE("an older version, and a client that speaks plain HTTP, get nowhere and leave others served", "[tls]") {
  TlsServer server;
  {
    RawClient old(server.server);
    CHECK_FALSE(TlsClient(old.fd, TLS1_1_VERSION).ok());
    RawClient plain(server.server);
    const std::string request = get();
    ::send(plain.fd, request.data(), request.size(), MSG_NOSIGNAL);
    std::string answer;
    char piece[4096];
    for (ssize_t n; (n = ::recv(plain.fd, piece, sizeof piece, 0)) > 0;) answer.append(piece, static_cast<std::size_t>(n));
    CHECK(answer.find("HTTP/1.1") == std::string::npos);
  }
  RawClient client(server.server);
  TlsClient tls(client.fd);
  CHECK(ask_to_end(tls).text.starts_with("HTTP/1.1 200 "));
}

TEST_CASE("a client that never begins its handshake is cut", "[tls]") {
  TlsServer server({.header_time = 100ms});
  RawClient client(server.server);
  char byte;
  CHECK(::recv(client.fd, &byte, 1, 0) == 0);
}

TEST_CASE("a new certificate is for new connections, and old ones go on", "[tls]") {
  TlsServer server;
  RawClient first(server.server);
  TlsClient before(first.fd);
  CHECK(serial_of(before) == 1);
  server.use("b");
  RawClient second(server.server);
  TlsClient after(second.fd);
  CHECK(serial_of(after) == 2);
  CHECK(ask_to_end(before).text.starts_with("HTTP/1.1 200 "));
  CHECK(ask_to_end(after).text.starts_with("HTTP/1.1 200 "));
}

TEST_CASE("files that cannot be used are told by name", "[tls]") {
  TemporaryFolder folder;
  write_tls_files(folder.path(), "a", 1);
  write_tls_files(folder.path(), "b", 2);
  folder.write("text.crt", "no certificate");
  const auto load = [&](const std::string& certificate, const std::string& key) {
    load_tls({.certificate = folder / certificate, .key = folder / key});
  };
  CHECK_NOTHROW(load("a.crt", "a.key"));
  CHECK_THROWS_WITH(load("none.crt", "a.key"), Catch::Contains("none.crt: cannot be used as the certificate"));
  CHECK_THROWS_WITH(load("text.crt", "a.key"), Catch::Contains("text.crt: cannot be used as the certificate"));
  CHECK_THROWS_WITH(load("a.crt", "none.key"), Catch::Contains("none.key: cannot be used as the key"));
  CHECK_THROWS_WITH(load("a.crt", "b.key"), Catch::Contains("b.key: cannot be used as the key of that certificate"));
}

}  // namespace
}  // namespace http::test
