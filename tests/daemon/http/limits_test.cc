// Limits on what a client may send, each on both sides of its boundary, and on how many clients there may be.
#include <fcntl.h>
#include <sys/resource.h>

#include <catch2/catch.hpp>

#include "harness.h"
#include "http/peer.h"

namespace http::test {
namespace {

int status_of(TestServer& server, std::string_view request) {
  TestClient client(server);
  client.send(request);
  const auto answer = client.answer();
  return answer ? answer->status : 0;
}

std::string post(std::size_t length) {
  return "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n" + std::string(length, 'x');
}

TEST_CASE("a body of the largest size is taken and one byte more is 413", "[limits]") {
  TestServer server(echo, {.body_bytes_max = 1000});
  CHECK(status_of(server, post(1000)) == 200);
  CHECK(status_of(server, post(1001)) == 413);
}

TEST_CASE("a chunked body of the largest size is taken and one byte more is 413", "[limits]") {
  TestServer server(echo, {.body_bytes_max = 1000});
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string chunk = "1f4\r\n" + std::string(500, 'x') + "\r\n";
  CHECK(status_of(server, head + chunk + chunk + "0\r\n\r\n") == 200);
  CHECK(status_of(server, head + chunk + chunk + "1\r\nx\r\n0\r\n\r\n") == 413);
  CHECK(status_of(server, head + "3e9\r\n") == 413);
}

TEST_CASE("a refused body does not have to be sent to learn so", "[limits]") {
  TestServer server(echo, {.body_bytes_max = 1000});
  CHECK(status_of(server, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n") == 413);
}

TEST_CASE("a client that sends a refused body to its end still reads why", "[limits]") {
  TestServer server(echo, {.body_bytes_max = 1000});
  TestClient client(server);
  client.send(post(900'000));
  const auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->status == 413);
}

TEST_CASE("a header of the largest size is taken and one byte more is 431", "[limits]") {
  TestServer server(echo, {.header_bytes_max = 1000});
  const auto of_size = [](std::size_t size) {
    const std::string rest = get("/", "X: \r\n");
    return get("/", "X: " + std::string(size - rest.size(), 'x') + "\r\n");
  };
  REQUIRE(of_size(1000).size() == 1000);
  CHECK(status_of(server, of_size(1000)) == 200);
  CHECK(status_of(server, of_size(1001)) == 431);
}

TEST_CASE("a larger header than usual is taken where it is allowed", "[limits]") {
  TestServer server(echo, {.header_bytes_max = 100'000});
  CHECK(status_of(server, get("/", "X: " + std::string(90'000, 'x') + "\r\n")) == 200);
}

TEST_CASE("an endless header is refused while it is being sent", "[limits]") {
  TestServer server(echo);
  TestClient client(server);
  client.send("GET / HTTP/1.1\r\nHost: a\r\n");
  for (int i = 0; i < 100'000 && !client.readable(0ms); ++i) {
    if (!client.send("X-Header: value\r\n")) break;
  }
  const auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->status == 431);
}

TEST_CASE("as many fields as allowed are taken and one more is 431", "[limits]") {
  TestServer server(echo, {.headers_max = 10});
  const auto of_fields = [](int count) {
    std::string lines;
    for (int i = 1; i < count; ++i) lines += "X: y\r\n";
    return get("/", lines);
  };
  CHECK(status_of(server, of_fields(10)) == 200);
  CHECK(status_of(server, of_fields(11)) == 431);
}

TEST_CASE("a trailer counts like a header", "[limits]") {
  TestServer server(echo, {.header_bytes_max = 1000, .headers_max = 10});
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
  std::string ten;
  for (int i = 0; i < 10; ++i) ten += "X: y\r\n";
  CHECK(status_of(server, head + ten + "\r\n") == 200);
  CHECK(status_of(server, head + ten + "X: y\r\n\r\n") == 431);
  CHECK(status_of(server, head + "X: " + std::string(993, 'x') + "\r\n\r\n") == 200);
  CHECK(status_of(server, head + "X: " + std::string(994, 'x') + "\r\n\r\n") == 431);
}

TEST_CASE("a target of the largest size is taken and one byte more is 414", "[limits]") {
  TestServer server(echo, {.target_bytes_max = 100});
  CHECK(status_of(server, get("/" + std::string(99, 'x'))) == 200);
  CHECK(status_of(server, get("/" + std::string(100, 'x'))) == 414);
  CHECK(status_of(server, "GET /" + std::string(1000, 'x')) == 414);
  TestServer narrow(echo, {.header_bytes_max = 50, .target_bytes_max = 100});
  CHECK(status_of(narrow, "GET /" + std::string(60, 'x')) == 414);
}

TEST_CASE("a client beyond the limit gets 503 and the others stay", "[limits]") {
  TestServer server(echo, {.connections_max = 2});
  TestClient first(server);
  TestClient second(server);
  CHECK(first.ask(get()).status == 200);
  CHECK(second.ask(get()).status == 200);
  {
    TestClient third(server);
    third.send(get());
    const auto answer = third.answer();
    REQUIRE(answer);
    CHECK(answer->status == 503);
    CHECK(answer->header("Retry-After") == "1");
    CHECK(answer->header("Connection") == "close");
    CHECK(third.ended());
  }
  CHECK(first.ask(get()).status == 200);
  second.close();
  // The server learns of the close on its own thread; a bounded number of tries stands for waiting.
  int status = 0;
  for (int i = 0; i < 10'000 && status != 200; ++i) status = status_of(server, get());
  CHECK(status == 200);
}

TEST_CASE("one address gets as many connections as it may have, and the next is 503", "[limits]") {
  TestServer server(echo, {.connections_per_address_max = 2});
  TestClient first(server);
  TestClient second(server);
  CHECK(first.ask(get()).status == 200);
  CHECK(second.ask(get()).status == 200);
  {
    TestClient third(server);
    third.send(get());
    const auto answer = third.answer();
    REQUIRE(answer);
    CHECK(answer->status == 503);
    CHECK(answer->body.find("from your address") != std::string::npos);
    CHECK(third.ended());
  }
  CHECK(server.connections() == 2);
  second.close();
  int status = 0;
  for (int i = 0; i < 10'000 && status != 200; ++i) status = status_of(server, get());
  CHECK(status == 200);
}

TEST_CASE("another address has a limit of its own, and an IPv6 network counts as one", "[limits]") {
  const auto v4 = [](const char* address) {
    sockaddr_in made = {};
    made.sin_family = AF_INET;
    made.sin_port = htons(80);
    ::inet_pton(AF_INET, address, &made.sin_addr);
    return peer_of(reinterpret_cast<const sockaddr*>(&made));
  };
  const auto v6 = [](const char* address) {
    sockaddr_in6 made = {};
    made.sin6_family = AF_INET6;
    made.sin6_port = htons(80);
    ::inet_pton(AF_INET6, address, &made.sin6_addr);
    return peer_of(reinterpret_cast<const sockaddr*>(&made));
  };
  CHECK(v4("192.0.2.1").text == "192.0.2.1:80");
  CHECK(v6("2001:db8::1").text == "[2001:db8::1]:80");
  CHECK(v6("::ffff:192.0.2.1").network == v4("192.0.2.1").network);

  PeerLimit limit(1);
  auto taken = limit.take(v4("192.0.2.1"));
  CHECK(taken);
  CHECK_FALSE(limit.take(v4("192.0.2.1")));
  CHECK_FALSE(limit.take(v6("::ffff:192.0.2.1")));
  CHECK(limit.take(v4("192.0.2.2")));
  taken.reset();
  CHECK(limit.take(v4("192.0.2.1")));

  const auto network = limit.take(v6("2001:db8:0:1::1"));
  CHECK_FALSE(limit.take(v6("2001:db8:0:1:ffff::2")));
  CHECK(limit.take(v6("2001:db8:0:2::1")));

  const sockaddr unix_socket = {.sa_family = AF_UNIX, .sa_data = {}};
  const auto local = limit.take(peer_of(&unix_socket));
  CHECK(local);
  CHECK(limit.take(peer_of(&unix_socket)));
}

TEST_CASE("a process without descriptors sheds clients and serves again when it has some", "[limits]") {
  TestServer server(echo);
  TestClient before(server);
  CHECK(before.ask(get()).status == 200);
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 5; ++i) clients.push_back(std::make_unique<TestClient>());

  rlimit had = {};
  getrlimit(RLIMIT_NOFILE, &had);
  // Every descriptor below the lowest free one is in use: with it as the limit none is left.
  const int lowest_free = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::close(lowest_free);
  rlimit none = had;
  none.rlim_cur = static_cast<rlim_t>(lowest_free);
  setrlimit(RLIMIT_NOFILE, &none);
  bool all_ended = true;
  for (auto& client : clients) {
    if (!client->connect(server)) continue;
    client->send(get());
    all_ended = all_ended && client->ended();
  }
  const auto meanwhile = before.ask(get()).status;
  setrlimit(RLIMIT_NOFILE, &had);

  CHECK(all_ended);
  CHECK(meanwhile == 200);
  CHECK(status_of(server, get()) == 200);
}

}  // namespace
}  // namespace http::test
