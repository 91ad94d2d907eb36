// The limits that the configuration sets, over the wire: each on both sides of its boundary.
#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/read_until.hpp>
#include <asio/write.hpp>
#include <catch2/catch.hpp>
#include <thread>

#include "test_daemon.h"

namespace {

Setup limited(std::function<void(jobsd::ApiConfig&)> adjust) {
  return {.adjust = [adjust](jobsd::Config& config) { adjust(config.api); }};
}

// A connection that stays open.
struct Held {
  explicit Held(const TestDaemon& daemon) { socket.connect({asio::ip::address_v4::loopback(), daemon.port()}); }
  void send(const std::string& bytes) { asio::write(socket, asio::buffer(bytes)); }
  // The head of the next answer, with whatever came along.
  std::string head() {
    asio::read_until(socket, asio::dynamic_buffer(read), "\r\n\r\n");
    return std::exchange(read, {});
  }
  // Everything until the server closes.
  std::string rest() {
    asio::error_code end;
    asio::read(socket, asio::dynamic_buffer(read), end);
    return std::exchange(read, {});
  }

  asio::io_context io;
  asio::ip::tcp::socket socket{io};
  std::string read = {};
};

const std::string health = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";

std::string stream_request(const TestDaemon& daemon, const std::string& job) {
  return "GET " + jobs_path + "/" + job + "/events HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\nAuthorization: Bearer " +
         daemon.organization_key + "\r\n\r\n";
}

}  // namespace

TEST_CASE("a header and a target of the configured size are taken, larger ones are 431 and 414", "[limits]") {
  TestDaemon daemon(limited([](jobsd::ApiConfig& api) {
    api.header_bytes_max = 1024;
    api.url_bytes_max = 256;
  }));
  const Client client = daemon.client("");
  const auto header = [&](std::size_t bytes) {
    const std::string start = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: ";
    return client.send(start + std::string(bytes - start.size() - 4, 'x') + "\r\n\r\n").status;
  };
  CHECK(header(1024) == 200);
  CHECK(header(1025) == 431);
  const auto target = [&](std::size_t bytes) {
    const std::string start = "/healthz?x=";
    return client.get(start + std::string(bytes - start.size(), 'x')).status;
  };
  CHECK(target(256) == 200);
  CHECK(target(257) == 414);
}

TEST_CASE("one connection above the limit is 503 with the API's error body, and the others stay", "[limits]") {
  const bool per_address = GENERATE(false, true);
  TestDaemon daemon(limited([per_address](jobsd::ApiConfig& api) {
    (per_address ? api.connections_per_address_max : api.connections_max) = 2;
  }));
  Held first(daemon);
  Held second(daemon);
  for (Held* held : {&first, &second}) {
    held->send(health);
    CHECK(held->head().starts_with("HTTP/1.1 200 "));
  }
  const Reply refused = daemon.client("").send(health);
  CHECK(refused.status == 503);
  CHECK(refused.code() == "unavailable");
  CHECK(refused.header("Retry-After"));
  first.send(health);
  CHECK(first.head().starts_with("HTTP/1.1 200 "));
}

TEST_CASE("one event stream above the limit is 503, and pages are still served", "[limits]") {
  TestDaemon daemon(limited([](jobsd::ApiConfig& api) { api.streams_max = 1; }));
  const Client client = daemon.organization();
  const std::string job = daemon.submit(client);
  const std::string path = jobs_path + "/" + job + "/events";
  {
    Held stream(daemon);
    stream.send(stream_request(daemon, job));
    CHECK(stream.head().starts_with("HTTP/1.1 200 "));
    const Reply refused = client.get(path, {{"Accept", "text/event-stream"}});
    CHECK(refused.status == 503);
    CHECK(refused.code() == "too_many_streams");
    CHECK(refused.header("Retry-After") == "5");
    CHECK(client.get(path).status == 200);
  }
  while (daemon.streams() > 0) std::this_thread::yield();
  Held stream(daemon);
  stream.send(stream_request(daemon, job));
  CHECK(stream.head().starts_with("HTTP/1.1 200 "));
}

TEST_CASE("a client that sends its header or body too slowly is 408 and cut", "[limits]") {
  TestDaemon daemon(limited([](jobsd::ApiConfig& api) {
    api.header_time = std::chrono::milliseconds(100);
    api.body_time = std::chrono::milliseconds(100);
  }));
  for (const std::string& begun : {std::string("GET /hea"), "POST " + jobs_path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{"}) {
    Held held(daemon);
    held.send(begun);
    const std::string answer = held.rest();
    CHECK(answer.starts_with("HTTP/1.1 408 "));
    CHECK(answer.find("\"request_timeout\"") != std::string::npos);
  }
  CHECK(daemon.client("").get("/healthz").status == 200);
}
