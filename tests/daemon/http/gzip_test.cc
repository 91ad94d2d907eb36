// Compressed answers: for whom, of what, and that they are the same.
#include "http/gzip.h"

#include <catch2/catch.hpp>

#include "harness.h"
#include "support/gunzip.h"

namespace http::test {
namespace {

std::string numbers(std::size_t bytes) {
  std::string out;
  for (int i = 0; out.size() < bytes; ++i) out += std::to_string(i) + ',';
  out.resize(bytes);
  return out;
}

Response json(std::string body) {
  Response response{.body = std::move(body)};
  response.headers.add("Content-Type", "application/json");
  return response;
}

// "/N" is answered with N bytes of JSON, "/stream" with a stream of it, "/text" with text.
asio::awaitable<Response> answer(const Request& request) {
  Response response;
  if (request.path == "/stream") {
    response = json("");
    response.stream = [i = 0]() mutable -> asio::awaitable<std::string> {
      co_return i++ < 50 ? numbers(5000) : std::string();
    };
  } else if (request.path == "/text") {
    response.body = numbers(5000);
    response.headers.add("Content-Type", "text/plain");
  } else {
    response = json(numbers(std::stoul(request.path.substr(1))));
    response.headers.add("ETag", "\"a\"");
  }
  compress(request, response);
  co_return response;
}

TEST_CASE("JSON is compressed for a client that asks, from the smallest size on", "[gzip]") {
  TestServer server(answer);
  TestClient client(server);
  const auto ask = [&client](std::string_view path) { return client.ask(get(path, "Accept-Encoding: gzip\r\n")); };
  for (const std::size_t size : {gzip_bytes_min, std::size_t{65'536}, std::size_t{65'537}, std::size_t{1'000'000}}) {
    const auto compressed = ask("/" + std::to_string(size));
    CHECK(compressed.header("Content-Encoding") == "gzip");
    CHECK(compressed.header("Vary") == "Accept-Encoding");
    CHECK(compressed.header("ETag") == "\"a-gzip\"");
    CHECK(compressed.body.size() < size);
    CHECK((gunzipped(compressed.body) == numbers(size)));
  }
  const auto small = ask("/" + std::to_string(gzip_bytes_min - 1));
  CHECK_FALSE(small.headers.find("Content-Encoding"));
  CHECK(small.body == numbers(gzip_bytes_min - 1));
  CHECK_FALSE(ask("/text").headers.find("Content-Encoding"));
}

TEST_CASE("a client that does not ask gets it plain, and caches learn that it matters", "[gzip]") {
  TestServer server(answer);
  TestClient client(server);
  const auto plain = client.ask(get("/5000"));
  CHECK(plain.body == numbers(5000));
  CHECK(plain.header("ETag") == "\"a\"");
  CHECK(plain.header("Vary") == "Accept-Encoding");
}

TEST_CASE("a stream is compressed as it goes, also for HTTP/1.0", "[gzip]") {
  TestServer server(answer);
  std::string whole;
  for (int i = 0; i < 50; ++i) whole += numbers(5000);
  for (const std::string_view version : {"1.1", "1.0"}) {
    TestClient client(server);
    const auto got = client.ask("GET /stream HTTP/" + std::string(version) + "\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");
    CHECK((gunzipped(got.body) == whole));
  }
}

TEST_CASE("Accept-Encoding is read with its refusals", "[gzip]") {
  for (const char* yes : {"gzip", "GZip", "br, gzip", "x-gzip", "*", "gzip;q=0.5", "gzip ; q=0.001", "identity;q=0, gzip", "*;q=0, gzip"}) {
    CAPTURE(yes);
    CHECK(accepts_gzip(yes));
  }
  for (const char* no : {"", "br", "identity", "gzip;q=0", "gzip; q=0.000", "*;q=0", "*, gzip;q=0", "gzipped"}) {
    CAPTURE(no);
    CHECK_FALSE(accepts_gzip(no));
  }
}

}  // namespace
}  // namespace http::test
