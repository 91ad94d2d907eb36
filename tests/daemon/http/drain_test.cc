// An orderly end, and clients that leave before their answer is there.
#include <catch2/catch.hpp>

#include "harness.h"

namespace http::test {
namespace {

// A handler that waits until it is let go, or until its client has gone. Shared by the test's thread through on_loop only.
struct Gate {
  std::vector<asio::steady_timer*> waiting;
  int left = 0;

  asio::awaitable<Response> wait(const Request& request, bool notice) {
    asio::steady_timer timer(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
    waiting.push_back(&timer);
    if (notice) {
      request.on_gone([this, &timer] {
        ++left;
        timer.cancel();
      });
    }
    std::error_code cancelled;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    std::erase(waiting, &timer);
    co_return Response{.body = "let go"};
  }
  void let_go() {
    for (auto* timer : waiting) timer->cancel();
  }
};

// Answers "/" at once, "/wait" when let go, "/watch" when let go or when the client goes.
struct GatedServer {
  Gate gate;
  TestServer server;
  explicit GatedServer(ServerOptions options = {})
      : server(
            [this](const Request& request) -> asio::awaitable<Response> {
              if (request.path == "/") return echo(request);
              return gate.wait(request, request.path == "/watch");
            },
            std::move(options)) {}

  void await_waiting(std::size_t count) {
    for (int i = 0; i < 10'000'000; ++i) {
      if (server.on_loop([&] { return gate.waiting.size() == count; })) return;
    }
    FAIL("the handler was not entered or not left");
  }
  void let_go() {
    server.on_loop([this] { gate.let_go(); });
  }
  int left() {
    return server.on_loop([this] { return gate.left; });
  }
};

bool ready(std::future<void>& future) { return future.wait_for(0s) == std::future_status::ready; }

TEST_CASE("draining closes idle connections and refuses new ones", "[drain]") {
  TestServer server(echo);
  TestClient used(server);
  CHECK(used.ask(get()).status == 200);
  auto done = server.drain(60s);
  CHECK(used.ended());
  CHECK(done.wait_for(long_enough) == std::future_status::ready);
  TestClient late;
  CHECK_FALSE(late.connect(server));
}

TEST_CASE("draining an empty server is done at once", "[drain]") {
  TestServer server(echo);
  auto done = server.drain(60s);
  CHECK(done.wait_for(long_enough) == std::future_status::ready);
  auto again = server.drain(60s);
  CHECK(again.wait_for(long_enough) == std::future_status::ready);
}

TEST_CASE("draining lets a request in flight be answered, and closes after it", "[drain]") {
  GatedServer gated;
  TestClient client(gated.server);
  client.send(get("/wait"));
  gated.await_waiting(1);
  auto done = gated.server.drain(60s);
  CHECK_FALSE(ready(done));
  CHECK_FALSE(client.readable(0ms));
  gated.let_go();
  const auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->body == "let go");
  CHECK(answer->header("Connection") == "close");
  CHECK(client.ended());
  client.close();
  CHECK(done.wait_for(long_enough) == std::future_status::ready);
}

TEST_CASE("draining lets a request that is being sent be answered", "[drain]") {
  GatedServer gated;
  TestClient client(gated.server);
  // The first answer proves that the server has the beginning of the second request, which came with the first.
  client.send(get() + "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel");
  CHECK(client.answer()->status == 200);
  auto done = gated.server.drain(60s);
  client.send("lo");
  const auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->body == "POST /  hello");
  CHECK(answer->header("Connection") == "close");
  client.close();
  CHECK(done.wait_for(long_enough) == std::future_status::ready);
}

TEST_CASE("draining drops pipelined requests behind the one in flight", "[drain]") {
  GatedServer gated;
  TestClient client(gated.server);
  client.send(get("/wait") + get("/"));
  gated.await_waiting(1);
  auto done = gated.server.drain(60s);
  gated.let_go();
  CHECK(client.answer()->header("Connection") == "close");
  CHECK(client.ended());
  client.close();
  CHECK(done.wait_for(long_enough) == std::future_status::ready);
}

TEST_CASE("draining cuts what takes longer than its limit, and tells the handler", "[drain]") {
  GatedServer gated;
  TestClient client(gated.server);
  TestClient watched(gated.server);
  client.send(get("/wait"));
  watched.send(get("/watch"));
  gated.await_waiting(2);
  auto done = gated.server.drain(20ms);
  CHECK(done.wait_for(long_enough) == std::future_status::ready);
  CHECK(client.ended());
  CHECK(watched.ended());
  gated.await_waiting(1);
  CHECK(gated.left() == 1);
  gated.let_go();
  gated.await_waiting(0);
}

TEST_CASE("a waiting handler learns that its client closed", "[gone]") {
  GatedServer gated;
  TestClient client(gated.server);
  client.send(get("/watch"));
  gated.await_waiting(1);
  client.close();
  gated.await_waiting(0);
  CHECK(gated.left() == 1);
}

TEST_CASE("a waiting handler learns that its client reset the connection", "[gone]") {
  GatedServer gated;
  TestClient client(gated.server);
  client.send(get("/watch"));
  gated.await_waiting(1);
  client.reset();
  gated.await_waiting(0);
  CHECK(gated.left() == 1);
}

TEST_CASE("a client that closed its sending side alone is answered when it seems gone", "[gone]") {
  GatedServer gated;
  TestClient client(gated.server);
  client.send(get("/watch"));
  gated.await_waiting(1);
  client.end_sending();
  const auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->body == "let go");
  CHECK(client.ended());
}

TEST_CASE("a request sent ahead is no sign of leaving, and is answered in its turn", "[gone]") {
  GatedServer gated;
  TestClient client(gated.server);
  client.send(get("/watch"));
  gated.await_waiting(1);
  client.send(get("/?ahead"));
  client.send("GET /?half HTTP/1.1\r\n");
  CHECK_FALSE(client.readable(0ms));
  gated.let_go();
  CHECK(client.answer()->body == "let go");
  CHECK(client.answer()->body == "GET / ahead=, ");
  client.send("Host: a\r\n\r\n");
  CHECK(client.answer()->body == "GET / half=, ");
  CHECK(gated.left() == 0);
}

TEST_CASE("a client that leaves behind requests sent ahead is noticed", "[gone]") {
  GatedServer gated;
  TestClient client(gated.server);
  client.send(get("/watch"));
  gated.await_waiting(1);
  client.send(get("/") + get("/"));
  client.close();
  gated.await_waiting(0);
  CHECK(gated.left() == 1);
}

TEST_CASE("a client that leaves after its answer is nobody's business", "[gone]") {
  GatedServer gated;
  for (int i = 0; i < 3; ++i) {
    TestClient client(gated.server);
    client.send(get("/watch"));
    gated.await_waiting(1);
    gated.let_go();
    CHECK(client.answer()->body == "let go");
    CHECK(client.ask(get()).status == 200);
  }
  CHECK(gated.left() == 0);
}

TEST_CASE("a handler that asks after its client has gone is told at once", "[gone]") {
  std::promise<bool> told;
  TestServer server([&told](const Request& request) -> asio::awaitable<Response> {
    const auto executor = co_await asio::this_coro::executor;
    for (int i = 0; i < 2; ++i) {
      asio::steady_timer timer(executor, asio::steady_timer::time_point::max());
      request.on_gone([&timer] { timer.cancel(); });
      std::error_code cancelled;
      co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    }
    told.set_value(request.client->gone());
    co_return Response{};
  });
  TestClient client(server);
  client.send(get());
  client.close();
  auto future = told.get_future();
  REQUIRE(future.wait_for(long_enough) == std::future_status::ready);
  CHECK(future.get());
}

TEST_CASE("a client kept by a handler outlives its connection and knows it", "[gone]") {
  std::shared_ptr<Client> kept;
  TestServer server([&kept](const Request& request) {
    kept = request.client;
    return echo(request);
  });
  TestClient client(server);
  CHECK(client.ask(get()).status == 200);
  CHECK_FALSE(server.on_loop([&] { return kept->gone(); }));
  client.close();
  auto done = server.drain(60s);
  REQUIRE(done.wait_for(long_enough) == std::future_status::ready);
  for (int i = 0; i < 10'000'000 && !server.on_loop([&] { return kept->gone(); }); ++i) {
  }
  CHECK(server.on_loop([&] {
    bool called = false;
    kept->on_gone([&called] { called = true; });
    return kept->gone() && !called;
  }));
}

TEST_CASE("a server may be destroyed while handlers wait", "[drain]") {
  auto gated = std::make_unique<GatedServer>();
  TestClient client(gated->server);
  TestClient watched(gated->server);
  client.send(get("/wait"));
  watched.send(get("/watch"));
  gated->await_waiting(2);
  gated.reset();
  CHECK(client.ended());
  CHECK(watched.ended());
}

}  // namespace
}  // namespace http::test
