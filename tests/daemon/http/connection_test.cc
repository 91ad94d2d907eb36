// What a connection carries: several requests, answers in order, HEAD, 100-continue, and what closes it.
#include <catch2/catch.hpp>
#include <ctime>

#include "harness.h"

namespace http::test {
namespace {

asio::awaitable<Response> with_header(std::string name, std::string value) {
  Response response{.body = "body"};
  response.headers.add(std::move(name), std::move(value));
  co_return response;
}

TEST_CASE("a connection is kept between requests", "[connection]") {
  TestServer server(echo);
  TestClient client(server);
  CHECK(client.ask(get("/1")).body == "GET /1  ");
  CHECK(client.ask("POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi").body == "POST /2  hi");
  CHECK(client.ask("POST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n").body == "POST /3  hi");
  CHECK(client.ask(get("/4")).body == "GET /4  ");
  CHECK(server.connections() == 1);
}

TEST_CASE("a client that asks for it is closed after the answer", "[connection]") {
  TestServer server(echo);
  const std::string_view requests[] = {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                                       "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n",
                                       "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n",
                                       "GET / HTTP/1.0\r\n\r\n"};
  for (const auto request : requests) {
    INFO(request);
    TestClient client(server);
    CHECK(client.ask(request).header("Connection") == "close");
    CHECK(client.ended());
  }
}

TEST_CASE("an HTTP/1.0 client that asks for it is kept", "[connection]") {
  TestServer server(echo);
  TestClient client(server);
  CHECK(client.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").header("Connection") == "keep-alive");
  CHECK(client.ask("GET / HTTP/1.0\r\n\r\n").header("Connection") == "close");
  CHECK(client.ended());
}

TEST_CASE("pipelined requests are answered in order", "[connection]") {
  // Every other answer takes a turn of the loop, so that a later request could overtake an earlier one if it were begun.
  TestServer server([](const Request& request) -> asio::awaitable<Response> {
    if (request.path.back() % 2 == 0) co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    co_return Response{.body = request.path + request.body};
  });
  TestClient client(server);
  std::string all;
  for (int i = 0; i < 500; ++i) {
    all += i % 3 == 0 ? "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n!" : get("/" + std::to_string(i));
  }
  client.send(all);
  for (int i = 0; i < 500; ++i) {
    const auto answer = client.answer();
    REQUIRE(answer);
    REQUIRE(answer->body == "/" + std::to_string(i) + (i % 3 == 0 ? "!" : ""));
  }
}

TEST_CASE("a client that stops sending still gets the answers to what it sent", "[connection]") {
  TestServer server(echo);
  TestClient client(server);
  client.send(get("/1") + get("/2"));
  client.end_sending();
  CHECK(client.answer()->body == "GET /1  ");
  CHECK(client.answer()->body == "GET /2  ");
  CHECK(client.ended());
}

TEST_CASE("HEAD is answered with GET's header and no body", "[connection]") {
  TestServer server(echo);
  TestClient client(server);
  const auto answer = client.ask("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(answer.status == 200);
  CHECK(answer.header("Content-Length") == std::to_string(std::string_view("HEAD /a  ").size()));
  CHECK(client.ask(get("/b")).body == "GET /b  ");
}

TEST_CASE("204 and 304 have no body and no length", "[connection]") {
  TestServer server([](const Request& request) -> asio::awaitable<Response> {
    co_return Response{.status = request.path == "/204" ? 204 : 304, .body = "not to be sent"};
  });
  TestClient client(server);
  for (const std::string_view path : {"/204", "/304"}) {
    const auto answer = client.ask(get(path));
    CHECK_FALSE(answer.headers.find("Content-Length"));
    CHECK_FALSE(answer.headers.find("Transfer-Encoding"));
  }
  CHECK(client.ask(get("/204")).status == 204);
}

TEST_CASE("a client that waits for 100 Continue gets it once, before the body is read", "[connection]") {
  TestServer server(echo);
  TestClient client(server);
  client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 5\r\n\r\n");
  CHECK(client.answer()->status == 100);
  client.send("he");
  client.send("llo");
  CHECK(client.answer()->body == "POST /  hello");
  client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
  CHECK(client.answer()->status == 100);
  client.send("2\r\nhi\r\n0\r\n\r\n");
  CHECK(client.answer()->body == "POST /  hi");
}

TEST_CASE("a client that waits for 100 Continue with too large a body is refused instead", "[connection]") {
  TestServer server(echo, {.body_bytes_max = 4});
  TestClient client(server);
  CHECK(client.ask("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n").status == 413);
  CHECK(client.ended());
}

TEST_CASE("OPTIONS * is answered by the server", "[connection]") {
  TestServer server(echo);
  TestClient client(server);
  const auto answer = client.ask("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(answer.status == 204);
  CHECK(answer.header("Allow") == "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
}

TEST_CASE("an answer has a date, and no field that the server owns can be set by a handler", "[connection]") {
  TestServer server([](const Request& request) {
    return with_header(request.path.substr(1), "7");
  });
  TestClient client(server);
  const auto answer = client.ask(get("/X-A"));
  CHECK(answer.header("X-A") == "7");
  CHECK(answer.header("Date").size() == std::string_view("Mon, 23 Nov 2026 18:10:42 GMT").size());
  CHECK(answer.header("Date").ends_with(" GMT"));
  CHECK(client.ask(get("/Content-Length")).header("Content-Length") == "4");
  CHECK_FALSE(client.ask(get("/Transfer-Encoding")).headers.find("Transfer-Encoding"));
  CHECK(client.ask(get("/date")).header("Date").size() > 1);
}

TEST_CASE("the date of an answer is the time at which it is sent", "[connection]") {
  TestServer server(echo);
  TestClient client(server);
  const std::time_t before = std::time(nullptr);
  const std::string text = client.ask(get()).header("Date");
  std::tm parts = {};
  const char* end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  REQUIRE(end != nullptr);
  CHECK(*end == '\0');
  const std::time_t sent = ::timegm(&parts);
  CHECK(sent >= before);
  CHECK(sent <= std::time(nullptr));
}

TEST_CASE("a request keeps a well-formed id of the client's, and is given one otherwise", "[connection]") {
  TestServer server([](const Request& request) -> asio::awaitable<Response> { co_return Response{.body = request.id}; },
                    {.request_ids = true});
  TestClient client(server);
  const auto named = [&client](const std::string& id) { return client.ask(get("/", "X-Request-Id: " + id + "\r\n")); };
  for (const std::string& id : {std::string("a"), std::string("7f/A.b_c~d:+=@-"), std::string(128, 'x')}) {
    CHECK(named(id).header("X-Request-Id") == id);
    CHECK(named(id).body == id);
  }
  for (const std::string& id : {std::string(), std::string(129, 'x'), std::string("a b"), std::string("a\"b"), std::string("\xc3\xa9")}) {
    const auto answer = named(id);
    CHECK(answer.header("X-Request-Id") == answer.body);
    CHECK(answer.body != id);
    CHECK(answer.body.size() >= 14);
  }
  CHECK(client.ask(get()).body != client.ask(get()).body);
  CHECK_FALSE(client.ask("BAD\r\n\r\n").header("X-Request-Id").empty());
}

TEST_CASE("a server that gives no ids says none", "[connection]") {
  TestServer server(echo);
  TestClient client(server);
  CHECK_FALSE(client.ask(get("/", "X-Request-Id: a\r\n")).headers.find("X-Request-Id"));
}

TEST_CASE("a handler can close the connection", "[connection]") {
  TestServer server([](const Request&) { return with_header("Connection", "close"); });
  TestClient client(server);
  CHECK(client.ask(get()).header("Connection") == "close");
  CHECK(client.ended());
}

TEST_CASE("what a handler throws becomes a bare 500 and goes to the log alone", "[connection]") {
  std::promise<std::string> told;
  ServerOptions options;
  options.on_failure = [&told](std::string_view what) { told.set_value(std::string(what)); };
  TestServer server(
      [](const Request& request) -> asio::awaitable<Response> {
        if (request.path == "/throw") throw std::runtime_error("the secret detail");
        co_return Response{.body = "fine"};
      },
      options);
  TestClient client(server);
  const auto answer = client.ask(get("/throw"));
  CHECK(answer.status == 500);
  CHECK(answer.body.find("secret") == std::string::npos);
  CHECK(told.get_future().get() == "the secret detail");
  CHECK(client.ask(get()).body == "fine");
}

TEST_CASE("a handler that throws before it is a coroutine is caught too", "[connection]") {
  TestServer server([](const Request&) -> asio::awaitable<Response> { throw 7; });
  TestClient client(server);
  CHECK(client.ask(get()).status == 500);
}

TEST_CASE("a response that would break its own header is not sent", "[connection]") {
  const std::pair<std::string, std::string> fields[] = {
      {"X-A", "a\r\nSet-Cookie: b"}, {"X-A", "a\nb"}, {"X-A", std::string("a\0b", 3)}, {"X A", "a"}, {"X-A\r\nX-B", "a"}, {"", "a"}};
  for (const auto& [name, value] : fields) {
    TestServer server([&, n = name, v = value](const Request&) { return with_header(n, v); });
    TestClient client(server);
    const auto answer = client.ask(get());
    CHECK(answer.status == 500);
    CHECK_FALSE(answer.headers.find("X-A"));
    CHECK_FALSE(answer.headers.find("Set-Cookie"));
  }
}

TEST_CASE("a status that ends no request becomes 500", "[connection]") {
  for (const int status : {0, 100, 199, 600, -1}) {
    TestServer server([status](const Request&) -> asio::awaitable<Response> { co_return Response{.status = status}; });
    TestClient client(server);
    CHECK(client.ask(get()).status == 500);
  }
}

TEST_CASE("a handler sees the client's address, fields in order and the whole body", "[connection]") {
  TestServer server([](const Request& request) -> asio::awaitable<Response> {
    std::string out = request.peer.substr(0, request.peer.rfind(':'));
    for (const auto& [name, value] : request.headers.all()) out += '|' + name + '=' + value;
    co_return Response{.body = out + '|' + std::string(request.query_value("q").value_or("none"))};
  });
  TestClient client(server);
  CHECK(client.ask("GET /?q=1&q=2 HTTP/1.1\r\nhost: a\r\nX-A:  1 \r\nX-a: 2\r\n\r\n").body == "127.0.0.1|host=a|X-A=1|X-a=2|1");
  CHECK(client.ask(get()).body == "127.0.0.1|Host=test|none");
}

TEST_CASE("a body as large as is allowed goes both ways", "[connection]") {
  TestServer server([](const Request& request) -> asio::awaitable<Response> { co_return Response{.body = request.body}; });
  TestClient client(server);
  std::string body(1024 * 1024, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 7 + i / 251);
  for (int i = 0; i < 2; ++i) {
    const auto answer = client.ask("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n" + body);
    CHECK(answer.status == 200);
    CHECK((answer.body == body));
  }
}

}  // namespace
}  // namespace http::test
