// Where a running jobsd is reached: TLS with a certificate that is changed, a Unix socket, a socket that was passed to it.
#include <openssl/x509.h>
#include <sys/un.h>

#include <catch2/catch.hpp>

#include "daemon/admin/serving.h"
#include "support/tls_client.h"

namespace {

const std::string health = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

// The serial number of the certificate that a new connection is shown; -1 when its request is not answered.
long serial_shown(const Serving& jobsd) {
  const int fd = jobsd.connect();
  long serial = -1;
  {
    TlsClient tls(fd);
    tls.send(health);
    char answer[4096];
    const long got = tls.receive(answer, sizeof answer);
    X509* const certificate = SSL_get1_peer_certificate(tls.native());
    if (got > 0 && std::string_view(answer, static_cast<std::size_t>(got)).starts_with("HTTP/1.1 200 ")) {
      serial = ASN1_INTEGER_get(X509_get_serialNumber(certificate));
    }
    X509_free(certificate);
  }
  ::close(fd);
  return serial;
}

TEST_CASE("SIGHUP reads the certificate again, and one that cannot be used changes nothing", "[listen]") {
  const TemporaryFolder folder;
  write_tls_files(folder.path(), "server", 1);
  const auto config = folder.write("jobsd.yaml", "listen: 127.0.0.1:0\ntls: {certificate: server.crt, key: server.key}\n");
  Serving jobsd(config);
  CHECK(jobsd.ready().find("https://127.0.0.1:") != std::string::npos);
  CHECK(serial_shown(jobsd) == 1);

  write_tls_files(folder.path(), "server", 2);
  CHECK(serial_shown(jobsd) == 1);
  jobsd.signal(SIGHUP);
  jobsd.await_log("loaded again");
  CHECK(serial_shown(jobsd) == 2);

  folder.write("server.crt", "broken");
  jobsd.signal(SIGHUP);
  jobsd.await_log("stays in use");
  CHECK(serial_shown(jobsd) == 2);
  jobsd.signal(SIGTERM);
  CHECK(jobsd.exit_status() == 0);

  // Started with it, jobsd says so and ends; check finds it too.
  for (const char* command : {"serve", "check"}) {
    const Ran ran = run_jobsd({command, "--config", config});
    CHECK(ran.status == 1);
    CHECK(ran.err.find("server.crt: cannot be used as the certificate") != std::string::npos);
  }
}

TEST_CASE("without TLS a SIGHUP ends nothing", "[listen]") {
  const TemporaryFolder folder;
  Serving jobsd(folder.write("jobsd.yaml", "listen: 127.0.0.1:0\n"));
  jobsd.signal(SIGHUP);
  jobsd.await_log("nothing to load again");
  CHECK(jobsd.ask(health).starts_with("HTTP/1.1 200 "));
}

TEST_CASE("jobsd listens on a Unix socket, which is gone when it has ended", "[listen]") {
  const TemporaryFolder folder;
  Serving jobsd(folder.write("jobsd.yaml", "listen: unix:api.sock\n"));
  const auto path = folder / "api.sock";
  CHECK(jobsd.ready() == "jobsd listening on unix:" + path.string());
  sockaddr_un to = {};
  to.sun_family = AF_UNIX;
  path.native().copy(to.sun_path, sizeof to.sun_path - 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
  CHECK(Serving::ask(fd, health).starts_with("HTTP/1.1 200 "));
  jobsd.signal(SIGTERM);
  CHECK(jobsd.exit_status() == 0);
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a socket that is passed takes the place of the configured address", "[listen]") {
  const TemporaryFolder folder;
  const int passed = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at = {};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::bind(passed, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
  REQUIRE(::listen(passed, 8) == 0);
  socklen_t size = sizeof at;
  ::getsockname(passed, reinterpret_cast<sockaddr*>(&at), &size);

  Serving jobsd(folder.write("jobsd.yaml", "listen: unix:unused.sock\n"), passed);
  CHECK(jobsd.ready() == "jobsd listening on http://127.0.0.1:" + std::to_string(ntohs(at.sin_port)));
  CHECK(jobsd.ask(health).starts_with("HTTP/1.1 200 "));
  CHECK_FALSE(std::filesystem::exists(folder / "unused.sock"));
  // What was sent while nobody listened waits for the next jobsd.
  jobsd.signal(SIGTERM);
  CHECK(jobsd.exit_status() == 0);
  const int waiting = jobsd.connect();
  Serving next(folder / "jobsd.yaml", passed);
  CHECK(Serving::ask(waiting, health).starts_with("HTTP/1.1 200 "));
  ::close(passed);
}

}  // namespace
