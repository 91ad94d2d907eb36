// Bodies that are made while they are sent.
#include <catch2/catch.hpp>

#include "harness.h"

namespace http::test {
namespace {

Response counting(int pieces, std::size_t bytes, std::shared_ptr<std::atomic<int>> made = nullptr) {
  Response response;
  response.stream = [pieces, bytes, made, i = 0]() mutable -> asio::awaitable<std::string> {
    if (i == pieces) co_return "";
    if (made) ++*made;
    co_return std::string(bytes, static_cast<char>('a' + i++ % 26));
  };
  return response;
}

TEST_CASE("a stream arrives whole, in order, and the connection goes on", "[stream]") {
  TestServer server([](const Request&) -> asio::awaitable<Response> { co_return counting(1000, 3001); });
  TestClient client(server);
  for (int turn = 0; turn < 2; ++turn) {
    const auto answer = client.ask(get());
    CHECK(answer.header("Transfer-Encoding") == "chunked");
    CHECK_FALSE(answer.headers.find("Content-Length"));
    REQUIRE(answer.body.size() == 1000u * 3001u);
    for (std::size_t i = 0; i < 1000; ++i) REQUIRE(answer.body[i * 3001 + 17] == static_cast<char>('a' + i % 26));
  }
}

TEST_CASE("an empty stream is an empty body", "[stream]") {
  TestServer server([](const Request&) -> asio::awaitable<Response> { co_return counting(0, 1); });
  TestClient client(server);
  CHECK(client.ask(get()).body.empty());
  CHECK(client.ask(get()).body.empty());
}

TEST_CASE("an HTTP/1.0 client gets a stream that ends with the connection", "[stream]") {
  TestServer server([](const Request&) -> asio::awaitable<Response> { co_return counting(3, 2); });
  TestClient client(server);
  const auto answer = client.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  CHECK_FALSE(answer.headers.find("Transfer-Encoding"));
  CHECK(answer.header("Connection") == "close");
  CHECK(answer.body == "aabbcc");
}

TEST_CASE("HEAD does not make the stream", "[stream]") {
  auto made = std::make_shared<std::atomic<int>>(0);
  TestServer server([made](const Request&) -> asio::awaitable<Response> { co_return counting(3, 2, made); });
  TestClient client(server);
  CHECK(client.ask("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200);
  CHECK(*made == 0);
  CHECK(client.ask(get()).body == "aabbcc");
  CHECK(*made == 3);
}

TEST_CASE("the head of a stream is sent before its first piece is made", "[stream]") {
  asio::steady_timer* gate = nullptr;
  TestServer server([&gate](const Request&) -> asio::awaitable<Response> {
    Response response;
    response.stream = [&gate, first = true]() mutable -> asio::awaitable<std::string> {
      if (!std::exchange(first, false)) co_return "";
      asio::steady_timer timer(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
      gate = &timer;
      std::error_code cancelled;
      co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
      co_return "late";
    };
    co_return response;
  });
  TestClient client(server);
  client.send(get());
  const auto head = client.read_some(1);
  CHECK(head.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(head.ends_with("\r\n\r\n"));
  // Reading the head does not prove that the source has been called; once its timer is there, it has.
  for (int i = 0; i < 1'000'000; ++i) {
    if (server.on_loop([&gate] { return gate != nullptr; })) break;
  }
  server.on_loop([&gate] { gate->cancel(); });
  CHECK(client.read_some(14) == "4\r\nlate\r\n0\r\n\r\n");
}

TEST_CASE("a client that does not read holds the stream back, and then is cut", "[stream]") {
  auto made = std::make_shared<std::atomic<int>>(0);
  TestServer server([made](const Request&) -> asio::awaitable<Response> { co_return counting(4000, 64 * 1024, made); },
                    {.write_time = 100ms});
  TestClient client(server, 4096);
  client.send(get());
  REQUIRE(client.read_some(1).starts_with("HTTP/1.1 200"));
  auto done = server.drain(60s);
  REQUIRE(done.wait_for(long_enough) == std::future_status::ready);
  CHECK(*made > 0);
  CHECK(*made < 1000);  // 64 MiB: far more than the socket buffers hold, far less than the stream.
}

TEST_CASE("a stream that fails is cut, so that it does not look whole", "[stream]") {
  TestServer server([](const Request&) -> asio::awaitable<Response> {
    Response response;
    response.stream = [i = 0]() mutable -> asio::awaitable<std::string> {
      if (i++ == 1) throw std::runtime_error("the storage is gone");
      co_return "piece";
    };
    co_return response;
  });
  TestClient client(server);
  client.send(get());
  const auto all = client.read_to_end();
  CHECK(all.find("piece") != std::string::npos);
  CHECK_FALSE(all.ends_with("0\r\n\r\n"));
}

TEST_CASE("a fast client with an endless stream does not keep others waiting", "[stream]") {
  TestServer server([](const Request& request) -> asio::awaitable<Response> {
    if (request.path == "/endless") co_return counting(-1, 1);
    co_return Response{.body = "fine"};
  });
  TestClient greedy(server);
  greedy.send(get("/endless"));
  std::atomic<bool> stop = false;
  std::thread reader([&] {
    while (!stop && !greedy.read_some(1).empty()) {
    }
  });
  TestClient other(server);
  CHECK(other.ask(get()).body == "fine");
  stop = true;
  reader.join();
}

TEST_CASE("a body and a stream together are refused", "[stream]") {
  TestServer server([](const Request&) -> asio::awaitable<Response> {
    auto response = counting(1, 1);
    response.body = "x";
    co_return response;
  });
  TestClient client(server);
  CHECK(client.ask(get()).status == 500);
}

}  // namespace
}  // namespace http::test
