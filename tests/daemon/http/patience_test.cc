// Clients that are slow on purpose or by misfortune: how long each is waited for. Limits are short; nothing here sleeps, a test waits
// on the socket.
#include <catch2/catch.hpp>

#include "harness.h"

namespace http::test {
namespace {

TEST_CASE("a header that does not come to its end in time is 408", "[patience]") {
  TestServer server(echo, {.header_time = 50ms});
  for (const std::string_view begun : {"G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\n"}) {
    TestClient client(server);
    client.send(begun);
    const auto answer = client.answer();
    REQUIRE(answer);
    CHECK(answer->status == 408);
    CHECK(client.ended());
  }
}

TEST_CASE("a header that trickles in gains no time by it", "[patience]") {
  TestServer server(echo, {.header_time = 100ms});
  TestClient client(server);
  client.send("GET / HTTP/1.1\r\nHost: a\r\nX: ");
  int sent = 0;
  while (sent < 10'000 && !client.readable(5ms)) {
    client.send("x");
    ++sent;
  }
  CHECK(sent < 1'000);
  const auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->status == 408);
}

TEST_CASE("a body that does not come to its end in time is 408", "[patience]") {
  TestServer server(echo, {.body_time = 50ms});
  for (const std::string_view begun : {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n",
                                       "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell",
                                       "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"}) {
    TestClient client(server);
    client.send(begun);
    const auto answer = client.answer();
    REQUIRE(answer);
    CHECK(answer->status == 408);
    CHECK(client.ended());
  }
}

TEST_CASE("a connection that is idle for too long is closed without a word", "[patience]") {
  TestServer server(echo, {.idle_time = 50ms});
  TestClient silent(server);
  CHECK(silent.ended());
  TestClient once(server);
  CHECK(once.ask(get()).status == 200);
  CHECK(once.ended());
}

TEST_CASE("each request has its own time, however many came before", "[patience]") {
  TestServer server(echo, {.header_time = 300ms, .idle_time = 300ms});
  TestClient client(server);
  const auto start = std::chrono::steady_clock::now();
  // Together longer than any one limit: a deadline that did not move would end this.
  while (std::chrono::steady_clock::now() - start < 700ms) {
    REQUIRE(client.ask(get()).status == 200);
    REQUIRE_FALSE(client.readable(10ms));
  }
  client.send("G");
  CHECK(client.answer()->status == 408);
}

TEST_CASE("a client that does not read its answer is cut", "[patience]") {
  TestServer server(
      [](const Request&) -> asio::awaitable<Response> { co_return Response{.body = std::string(64 << 20, 'x')}; },
      {.write_time = 100ms});
  TestClient client(server, 4096);
  client.send(get());
  REQUIRE(client.read_some(1).starts_with("HTTP/1.1 200"));
  auto done = server.drain(60s);  // Done when the connection has ended, and by nothing else so soon.
  REQUIRE(done.wait_for(long_enough) == std::future_status::ready);
  CHECK(client.read_to_end().size() < (64u << 20) - 100'000);
}

TEST_CASE("a client that reads is waited for, however slow the handler", "[patience]") {
  TestServer server(
      [](const Request&) -> asio::awaitable<Response> {
        asio::steady_timer timer(co_await asio::this_coro::executor, 200ms);
        co_await timer.async_wait(asio::use_awaitable);
        co_return Response{.body = std::string(8 << 20, 'x')};
      },
      {.header_time = 50ms, .body_time = 50ms, .idle_time = 50ms, .linger_time = 50ms});
  TestClient client(server);
  CHECK(client.ask(get()).body.size() == 8u << 20);
}

TEST_CASE("a client that keeps sending after it was refused is cut", "[patience]") {
  TestServer server(echo, {.linger_time = 50ms});
  TestClient client(server);
  client.send("BAD\r\n");
  CHECK(client.answer()->status == 400);
  CHECK(client.ended());  // The server's sending side; what is sent now is dropped, then refused.
  auto done = server.drain(60s);
  CHECK(done.wait_for(long_enough) == std::future_status::ready);
}

}  // namespace
}  // namespace http::test
