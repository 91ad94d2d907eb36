// Which handler answers, and what happens where none does.
#include <catch2/catch.hpp>

#include "harness.h"
#include "http/router.h"

namespace http::test {
namespace {

RouteHandler says(std::string text) {
  return [text](const Request&, const PathValues&) -> asio::awaitable<Response> { co_return Response{.body = text}; };
}

Router jobs_router() {
  Router router;
  router.add("GET", "/", says("root"));
  router.add("GET", "/jobs", says("list"));
  router.add("POST", "/jobs", says("create"));
  router.add("GET", "/jobs/{id}", [](const Request&, const PathValues& path) -> asio::awaitable<Response> {
    co_return Response{.body = "job " + path.at("id")};
  });
  router.add("GET", "/jobs/latest", says("latest"));
  router.add("POST", "/jobs/{id}/cancel", says("cancel"));
  router.add("GET", "/{a}/{b}/{c}", [](const Request&, const PathValues& path) -> asio::awaitable<Response> {
    co_return Response{.body = path.at("a") + '|' + path.at("b") + '|' + path.at("c")};
  });
  return router;
}

std::string ask(TestClient& client, std::string_view line) {
  const auto answer = client.ask(std::string(line) + " HTTP/1.1\r\nHost: a\r\n\r\n");
  return std::to_string(answer.status) + ' ' + answer.body;
}

TEST_CASE("a path finds its route", "[router]") {
  TestServer server(jobs_router().handler());
  TestClient client(server);
  CHECK(ask(client, "GET /") == "200 root");
  CHECK(ask(client, "GET /jobs") == "200 list");
  CHECK(ask(client, "POST /jobs") == "200 create");
  CHECK(ask(client, "GET /jobs/7?x=y") == "200 job 7");
  CHECK(ask(client, "GET /jobs/a%20b") == "200 job a b");
  CHECK(ask(client, "GET /jobs/latest") == "200 latest");
  CHECK(ask(client, "POST /jobs/7/cancel") == "200 cancel");
  CHECK(ask(client, "GET /x/y/z") == "200 x|y|z");
}

TEST_CASE("a path that only resembles a route is 404", "[router]") {
  TestServer server(jobs_router().handler());
  TestClient client(server);
  for (const std::string_view path : {"/job", "/jobs/", "/jobs//", "/jobs/7/", "/JOBS", "//jobs", "/jobs/7/cancel/x", "/x//z"}) {
    INFO(path);
    CHECK(ask(client, "GET " + std::string(path)).substr(0, 3) == "404");
  }
}

TEST_CASE("another method is 405 with the methods there are", "[router]") {
  TestServer server(jobs_router().handler());
  TestClient client(server);
  auto answer = client.ask("DELETE /jobs HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(answer.status == 405);
  CHECK(answer.header("Allow") == "GET, HEAD, POST, OPTIONS");
  answer = client.ask("GET /jobs/7/cancel HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(answer.status == 405);
  CHECK(answer.header("Allow") == "POST, OPTIONS");
  answer = client.ask("OPTIONS /jobs HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(answer.status == 204);
  CHECK(answer.header("Allow") == "GET, HEAD, POST, OPTIONS");
}

TEST_CASE("HEAD is answered by GET unless it has its own route", "[router]") {
  auto router = jobs_router();
  router.add("HEAD", "/own", says("own"));
  router.add("GET", "/own", says("of GET"));
  TestServer server(router.handler());
  TestClient client(server);
  CHECK(client.ask("HEAD /jobs HTTP/1.1\r\nHost: a\r\n\r\n").header("Content-Length") == "4");
  CHECK(client.ask("HEAD /own HTTP/1.1\r\nHost: a\r\n\r\n").header("Content-Length") == "3");
  CHECK(client.ask("PUT /own HTTP/1.1\r\nHost: a\r\n\r\n").header("Allow") == "HEAD, GET, OPTIONS");
}

TEST_CASE("the router's errors are made by the owner's maker", "[router]") {
  Router router([](int status, std::string_view, const Headers&) { return Response{.status = status, .body = "made"}; });
  router.add("GET", "/a", says("a"));
  TestServer server(router.handler());
  TestClient client(server);
  CHECK(ask(client, "GET /b") == "404 made");
  CHECK(ask(client, "POST /a") == "405 made");
}

TEST_CASE("a stream may use its request", "[router]") {
  Router router;
  router.add("GET", "/{word}", [](const Request& request, const PathValues& path) -> asio::awaitable<Response> {
    Response response;
    response.stream = [&request, word = path.at("word"), i = 0]() mutable -> asio::awaitable<std::string> {
      co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
      co_return i++ < 3 ? word + request.path : "";
    };
    co_return response;
  });
  TestServer server(router.handler());
  TestClient client(server);
  CHECK(ask(client, "GET /abc") == "200 abc/abcabc/abcabc/abc");
}

TEST_CASE("a mistaken pattern is told to the programmer", "[router]") {
  Router router;
  router.add("GET", "/a/{id}", says(""));
  for (const std::string_view bad : {"", "a", "/a{id}", "/{a}b", "/{}", "/{a}/{a}", "/a/{", "/}"}) {
    INFO(bad);
    CHECK_THROWS_AS(router.add("GET", bad, says("")), std::invalid_argument);
  }
  CHECK_THROWS_AS(router.add("GET", "/a/{id}", says("")), std::invalid_argument);
  CHECK_THROWS_AS(router.add("GET", "/a/{other}", says("")), std::invalid_argument);
  CHECK_NOTHROW(router.add("POST", "/a/{id}", says("")));
  CHECK(router.routes() == std::vector<std::pair<std::string, std::string>>{{"GET", "/a/{id}"}, {"POST", "/a/{id}"}});
}

}  // namespace
}  // namespace http::test
