// The sender over TLS: only a certificate that is trusted, and is the host's, gets a request.
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <asio/ssl.hpp>
#include <catch2/catch.hpp>

#include "outbound/curl_transport.h"
#include "receiver.h"
#include "support/temporary_folder.h"

using namespace std::chrono_literals;
using outbound::CurlTransport;

namespace {

// A certificate that signs itself, for one host name.
struct Certificate {
  explicit Certificate(const std::string& host) : key(EVP_EC_gen("P-256")), x509(X509_new()) {
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_set_version(x509, X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    X509_set_pubkey(x509, key);
    X509_NAME* const name = X509_get_subject_name(x509);
    const auto* const text = reinterpret_cast<const unsigned char*>(host.c_str());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
    X509_set_issuer_name(x509, name);
    X509_EXTENSION* const names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ("DNS:" + host).c_str());
    X509_add_ext(x509, names, -1);
    X509_EXTENSION_free(names);
    REQUIRE(X509_sign(x509, key, EVP_sha256()) > 0);
  }
  ~Certificate() {
    X509_free(x509);
    EVP_PKEY_free(key);
  }
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;

  void write(const std::filesystem::path& path) const {
    BIO* const file = BIO_new_file(path.c_str(), "w");
    REQUIRE(file != nullptr);
    PEM_write_bio_X509(file, x509);
    BIO_free(file);
  }

  EVP_PKEY* key;
  X509* x509;
};

// Answers 204 to each connection's first request.
class TlsReceiver {
 public:
  TlsReceiver(asio::io_context& io, const Certificate& certificate, long newest_version = TLS1_3_VERSION)
      : context_(asio::ssl::context::tls_server), acceptor_(io, {asio::ip::address_v4::loopback(), 0}) {
    SSL_CTX_set_min_proto_version(context_.native_handle(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_.native_handle(), static_cast<int>(newest_version));
    // The old versions need digests that the default level forbids.
    SSL_CTX_set_security_level(context_.native_handle(), 0);
    SSL_CTX_use_certificate(context_.native_handle(), certificate.x509);
    SSL_CTX_use_PrivateKey(context_.native_handle(), certificate.key);
    asio::co_spawn(io, accept(), asio::detached);
  }
  std::string url() const {
    return "https://localhost:" + std::to_string(acceptor_.local_endpoint().port()) + "/hook?key=hidden";
  }

  int requests = 0;

 private:
  asio::awaitable<void> accept() {
    for (;;) {
      auto socket = co_await acceptor_.async_accept(asio::use_awaitable);
      asio::co_spawn(acceptor_.get_executor(), serve(std::move(socket)), asio::detached);
    }
  }
  asio::awaitable<void> serve(asio::ip::tcp::socket socket) {
    asio::ssl::stream<asio::ip::tcp::socket> stream(std::move(socket), context_);
    try {
      co_await stream.async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
      std::string input;
      co_await asio::async_read_until(stream, asio::dynamic_buffer(input), "\r\n\r\n", asio::use_awaitable);
      ++requests;
      const std::string answer = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
      co_await asio::async_write(stream, asio::buffer(answer), asio::use_awaitable);
      co_await stream.async_shutdown(asio::use_awaitable);
    } catch (const std::system_error&) {
      // The sender hung up, which is what these tests are about.
    }
  }

  asio::ssl::context context_;
  asio::ip::tcp::acceptor acceptor_;
};

jobs::WebhookResponse send(asio::io_context& io, const std::string& url, const std::string& ca_file) {
  const auto guard =
      std::make_shared<outbound::Guard>(outbound::GuardOptions{.allow_networks = {"127.0.0.0/8", "::1"}});
  CurlTransport transport(io, guard, {.ca_file = ca_file});
  std::optional<jobs::WebhookResponse> got;
  transport.send({.url = url, .body = "{}"}, [&](jobs::WebhookResponse response) { got = std::move(response); });
  const auto limit = std::chrono::steady_clock::now() + 20s;
  while (!got && std::chrono::steady_clock::now() < limit) io.run_one_for(1s);
  REQUIRE(got);
  return *got;
}

}  // namespace

TEST_CASE("a trusted certificate of the host's gets the request", "[tls]") {
  asio::io_context io;
  TemporaryFolder folder;
  const Certificate certificate("localhost");
  certificate.write(folder / "ca.pem");
  TlsReceiver receiver(io, certificate);
  const auto response = send(io, receiver.url(), folder / "ca.pem");
  CHECK(response.error == "");
  CHECK(response.status == 204);
  CHECK(receiver.requests == 1);
}

TEST_CASE("a certificate that nobody vouches for gets no request", "[tls]") {
  asio::io_context io;
  TemporaryFolder folder;
  const Certificate certificate("localhost");
  const Certificate trusted("localhost");
  trusted.write(folder / "ca.pem");
  TlsReceiver receiver(io, certificate);
  for (const std::string& ca_file : {std::string(), (folder / "ca.pem").string()}) {
    const auto response = send(io, receiver.url(), ca_file);
    CHECK(response.status == 0);
    CHECK_THAT(response.error, Catch::StartsWith("The host's certificate is not trusted"));
    CHECK_THAT(response.error, !Catch::Contains("hidden"));
  }
  CHECK(receiver.requests == 0);
}

TEST_CASE("another host's certificate gets no request", "[tls]") {
  asio::io_context io;
  TemporaryFolder folder;
  const Certificate certificate("other.example");
  certificate.write(folder / "ca.pem");
  TlsReceiver receiver(io, certificate);
  const auto response = send(io, receiver.url(), folder / "ca.pem");
  CHECK(response.status == 0);
  CHECK_THAT(response.error, Catch::StartsWith("The host's certificate is not trusted"));
  CHECK(receiver.requests == 0);
}

TEST_CASE("TLS older than 1.2 gets no request, 1.2 does", "[tls]") {
  asio::io_context io;
  TemporaryFolder folder;
  const Certificate certificate("localhost");
  certificate.write(folder / "ca.pem");
  TlsReceiver old(io, certificate, TLS1_1_VERSION);
  const auto response = send(io, old.url(), folder / "ca.pem");
  CHECK(response.status == 0);
  CHECK_THAT(response.error, Catch::StartsWith("The TLS handshake failed"));
  TlsReceiver receiver(io, certificate, TLS1_2_VERSION);
  CHECK(send(io, receiver.url(), folder / "ca.pem").status == 204);
}
