// Where a request ends, and what is not a request: every case of the corpus over a socket and through the parser alone.
#include <catch2/catch.hpp>

#include "corpus.h"
#include "harness.h"
#include "http/parser.h"

namespace http::test {
namespace {

// What a refused request is followed by; were it ever served, a request would have been smuggled.
constexpr std::string_view follower = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

struct Outcome {
  std::vector<std::string> requests;
  int refused = 0;
  bool operator==(const Outcome&) const = default;
};

// Feeds the parser pieces of the sizes given, the last one again and again.
Outcome parse(std::string_view bytes, std::size_t piece) {
  Parser parser({});
  Outcome out;
  while (true) {
    const auto progress = parser.parse();
    if (progress == Progress::complete) {
      const auto& request = parser.request();
      std::string text = request.method + ' ' + request.path + ' ' + request.body;
      for (const auto& [name, value] : request.headers.all()) text += '|' + name + '=' + value;
      out.requests.push_back(std::move(text));
      parser.next();
      continue;
    }
    if (progress == Progress::refused) {
      out.refused = parser.refusal().status;
      return out;
    }
    if (progress == Progress::need_continue) continue;
    if (bytes.empty()) return out;
    const auto space = parser.space();
    const auto n = std::min({piece, bytes.size(), space.size()});
    std::copy_n(bytes.begin(), n, space.begin());
    parser.received(n);
    bytes.remove_prefix(n);
  }
}

TEST_CASE("each request of the corpus gets its answer, and nothing behind a bad one is served", "[framing]") {
  std::atomic<int> smuggled = 0;
  TestServer server([&smuggled](const Request& request) {
    if (request.path == "/smuggled") ++smuggled;
    return echo(request);
  });
  CHECK(corpus().size() >= 80);
  for (const auto& one : corpus()) {
    INFO(one.name);
    TestClient client(server);
    client.send(one.request);
    if (one.status == 200) {
      client.end_sending();
      const auto answer = client.answer();
      REQUIRE(answer);
      CHECK(answer->status == 200);
      CHECK(answer->body == one.says);
    } else {
      if (!one.unfinished()) client.send(follower);
      client.end_sending();
      const auto answer = client.answer();
      REQUIRE(answer);
      CHECK(answer->status == one.status);
      CHECK(answer->header("Connection") == "close");
      CHECK(answer->body.starts_with(reason_phrase(one.status)));
    }
    CHECK(client.ended());
  }
  CHECK(smuggled == 0);
}

TEST_CASE("a request means the same in whatever pieces it arrives", "[framing]") {
  for (const auto& one : corpus()) {
    INFO(one.name);
    const bool good = one.status == 200;
    const auto bytes = one.request + std::string(one.unfinished() ? std::string_view() : follower);
    const auto whole = parse(bytes, bytes.size());
    CHECK(whole.requests.size() == (good ? 2 : 0));
    CHECK(whole == parse(bytes, 1));
    CHECK(whole == parse(bytes, 7));
  }
}

TEST_CASE("a client that speaks something else is told at once, not after a timeout", "[framing]") {
  TestServer server(echo);
  for (const std::string_view bytes : {"\x16", "GET /\r\n", "HELO a\r\n", "GET / HTTP/1.1\n", "\x80", "GET / HTTP/1.1\r\nHost: a\r\n\x01"}) {
    TestClient client(server);
    client.send(bytes);  // The sending side stays open.
    const auto answer = client.answer();
    REQUIRE(answer);
    CHECK(answer->status == 400);
    CHECK(client.ended());
  }
}

TEST_CASE("an error body is made by the owner's maker", "[framing]") {
  ServerOptions options;
  options.make_error = [](int status, std::string_view detail, const Headers& asked) {
    Response response{.status = status, .body = "<" + std::string(detail) + ">"};
    for (const auto& [name, value] : asked.all()) response.body += " " + name + "=" + value;
    response.headers.add("Content-Type", "text/x-test");
    return response;
  };
  TestServer server(echo, options);
  TestClient client(server);
  const auto answer = client.ask("GET / HTTP/1.1\r\n\r\n");
  CHECK(answer.status == 400);
  CHECK(answer.header("Content-Type") == "text/x-test");
  CHECK(answer.body == "<there must be one Host>");
}

TEST_CASE("an error's maker sees the fields that were read before the request was refused", "[framing]") {
  ServerOptions options;
  options.header_bytes_max = 1024;
  options.body_bytes_max = 8;
  options.make_error = [](int status, std::string_view, const Headers& asked) {
    Response response{.status = status};
    for (const auto& [name, value] : asked.all()) response.body += name + "=" + value + ";";
    return response;
  };
  TestServer server(echo, options);
  const auto ask = [&](const std::string& bytes) {
    TestClient client(server);
    return client.ask(bytes);
  };
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nOrigin: b\r\n";
  CHECK(ask(head + "Content-Length: 9\r\n\r\n").body == "Host=a;Origin=b;Content-Length=9;");
  CHECK(ask(head + "Transfer-Encoding: chunked\r\n\r\n9\r\n123456789\r\n").body ==
        "Host=a;Origin=b;Transfer-Encoding=chunked;");
  const auto long_head = ask(head + "X: " + std::string(2'000, 'x') + "\r\n\r\n");
  CHECK(long_head.status == 431);
  CHECK(long_head.body == "Host=a;Origin=b;");
  // Of the request before on the same connection nothing is left.
  TestClient client(server);
  CHECK(client.ask("GET / HTTP/1.1\r\nHost: a\r\nOrigin: b\r\n\r\n").status == 200);
  CHECK(client.ask("BAD\r\n\r\n").body.empty());
}

}  // namespace
}  // namespace http::test
