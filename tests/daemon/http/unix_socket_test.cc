// Sockets other than a TCP port of the server's own.
#include <sys/stat.h>
#include <sys/un.h>

#include <catch2/catch.hpp>

#include "harness.h"

namespace http::test {
namespace {

std::string ask_unix(const std::filesystem::path& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un to = {};
  to.sun_family = AF_UNIX;
  path.native().copy(to.sun_path, sizeof to.sun_path - 1);
  std::string answer;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) {
    const std::string request = get("/", "Connection: close\r\n");
    ::send(fd, request.data(), request.size(), MSG_NOSIGNAL);
    char piece[4096];
    for (ssize_t n; (n = ::recv(fd, piece, sizeof piece, 0)) > 0;) answer.append(piece, static_cast<std::size_t>(n));
  }
  ::close(fd);
  return answer;
}

asio::awaitable<Response> who(const Request& request) { co_return Response{.body = request.peer}; }

void listen(TestServer& server, const std::filesystem::path& path) {
  server.on_loop([&] { server.server().listen(path); });
}

TEST_CASE("a Unix socket is served beside TCP, for its owner and group, and goes with the server", "[unix]") {
  const TemporaryFolder folder;
  const auto path = folder / "api.sock";
  {
    TestServer server(who, {.connections_per_address_max = 1});
    listen(server, path);
    CHECK(server.port() == server.on_loop([&] { return server.server().endpoint().port(); }));
    struct stat status = {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0660);
    CHECK(ask_unix(path).ends_with("\r\n\r\nunix"));
    TestClient client(server);
    CHECK(client.ask(get()).body.starts_with("127.0.0.1:"));
    CHECK(ask_unix(path).ends_with("\r\n\r\nunix"));
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a server on a Unix socket alone, however short its path, has no port", "[unix]") {
  const TemporaryFolder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  asio::io_context io(1);
  {
    Server server(io, {}, who);
    server.listen(std::filesystem::path("abcdefgh"));
    CHECK(server.endpoint().port() == 0);
  }
  io.poll();
  std::filesystem::current_path(before);
}

TEST_CASE("a socket that was left behind is replaced; one that is served, and a file, are not", "[unix]") {
  const TemporaryFolder folder;
  const auto path = folder / "api.sock";
  {
    const int left = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un at = {};
    at.sun_family = AF_UNIX;
    path.native().copy(at.sun_path, sizeof at.sun_path - 1);
    REQUIRE(::bind(left, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
    ::close(left);
  }
  TestServer server(who);
  listen(server, path);
  CHECK(ask_unix(path).ends_with("unix"));
  TestServer other(who);
  CHECK_THROWS_WITH(listen(other, path), Catch::Contains("another process listens there"));
  CHECK_THROWS_WITH(listen(other, folder.write("file", "x")), Catch::Contains("is no socket"));
  CHECK(ask_unix(path).ends_with("unix"));
}

TEST_CASE("a listening socket that was made by somebody else is taken over", "[unix]") {
  const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at = {};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::bind(made, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
  REQUIRE(::listen(made, 8) == 0);
  socklen_t size = sizeof at;
  ::getsockname(made, reinterpret_cast<sockaddr*>(&at), &size);

  TestServer server(who);
  server.on_loop([&] { server.server().adopt(made); });
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
  const std::string request = get();
  ::send(fd, request.data(), request.size(), MSG_NOSIGNAL);
  char answer[4096];
  const auto got = ::recv(fd, answer, sizeof answer, 0);
  CHECK(std::string_view(answer, got > 0 ? static_cast<std::size_t>(got) : 0).starts_with("HTTP/1.1 200 "));
  ::close(fd);
}

}  // namespace
}  // namespace http::test
