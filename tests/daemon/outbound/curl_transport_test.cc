// The sender against a real receiver on loopback: what it sends, what it refuses, and how each request ends.
#include "outbound/curl_transport.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <thread>

#include "receiver.h"

using namespace std::chrono_literals;
using jobs::WebhookRequest;
using jobs::WebhookResponse;
using outbound::CurlTransport;
using outbound::CurlTransportOptions;
using outbound::Guard;

namespace {

std::shared_ptr<const Guard> loopback_guard() {
  return std::make_shared<Guard>(
      outbound::GuardOptions{.allow_http = true, .allow_networks = {"127.0.0.1/32", "::1/128"}});
}
std::shared_ptr<const Guard> strict_guard() {
  return std::make_shared<Guard>(outbound::GuardOptions{.allow_http = true});
}

struct Sender {
  explicit Sender(CurlTransportOptions options = {}, std::shared_ptr<const Guard> guard = loopback_guard())
      : transport(io, std::move(guard), std::move(options)) {}

  // Declared before what runs on it, so that it outlives them.
  asio::io_context io;
  CurlTransport transport;

  void post(WebhookRequest request, std::vector<WebhookResponse>& responses) {
    transport.send(std::move(request),
                   [&responses](WebhookResponse response) { responses.push_back(std::move(response)); });
  }
  void run_until(const std::function<bool()>& there) {
    const auto limit = std::chrono::steady_clock::now() + 20s;
    io.restart();
    while (!there()) {
      REQUIRE(std::chrono::steady_clock::now() < limit);
      io.run_one_for(1s);
      io.restart();
    }
  }
  WebhookResponse send(const std::string& url, const std::string& body = "{}",
                       std::vector<std::pair<std::string, std::string>> headers = {}) {
    std::vector<WebhookResponse> responses;
    post({.url = url, .headers = std::move(headers), .body = body}, responses);
    run_until([&] { return !responses.empty(); });
    return responses.front();
  }
};

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

}  // namespace

TEST_CASE("a request arrives with its headers and its body's bytes", "[transport]") {
  Sender sender;
  Receiver receiver(sender.io, Receiver::answer(kOk));
  const std::string body = "{\"text\":\"Z\xc3\xbcrich\"}\r\n\r\n" + std::string(1, '\0') + "end";
  const auto response =
      sender.send(receiver.url(), body, {{"Content-Type", "application/json"}, {"webhook-id", "evt_1"}});
  CHECK(response.status == 200);
  CHECK(response.error.empty());
  CHECK(response.body == "ok");
  CHECK_FALSE(response.retry_after);

  REQUIRE(receiver.requests.size() == 1);
  const std::string& request = receiver.requests.front();
  CHECK(request.starts_with("POST /hook?key=hidden HTTP/1.1\r\n"));
  CHECK(request.find("\r\nContent-Type: application/json\r\n") != request.npos);
  CHECK(request.find("\r\nwebhook-id: evt_1\r\n") != request.npos);
  CHECK(request.find("\r\nExpect:") == request.npos);
  CHECK(request.ends_with("\r\n\r\n" + body));
}

TEST_CASE("a body of a megabyte arrives whole and without a pause", "[transport]") {
  Sender sender;
  Receiver receiver(sender.io, Receiver::answer(kOk));
  const std::string body(1024 * 1024, 'x');
  CHECK(sender.send(receiver.url(), body).status == 200);
  CHECK(receiver.requests.front().ends_with("\r\n\r\n" + body));
}

TEST_CASE("a redirect is an answer, not an order", "[transport]") {
  for (const char* status : {"301", "302", "303", "307", "308"}) {
    Sender sender;
    Receiver elsewhere(sender.io, Receiver::answer(kOk));
    Receiver receiver(sender.io, Receiver::answer("HTTP/1.1 " + std::string(status) + " Moved\r\nLocation: " +
                                                  elsewhere.url() + "\r\nContent-Length: 0\r\n\r\n"));
    CHECK(sender.send(receiver.url()).status == std::stoi(status));
    CHECK(elsewhere.connections == 0);
  }
}

TEST_CASE("any status is handed on, with the start of the answer", "[transport]") {
  Sender sender;
  Receiver gone(sender.io, Receiver::answer("HTTP/1.1 410 Gone\r\nContent-Length: 4\r\n\r\ngone"));
  const auto response = sender.send(gone.url());
  CHECK(response.status == 410);
  CHECK(response.body == "gone");

  Receiver broken(sender.io,
                  Receiver::answer("HTTP/1.1 500 Oops\r\nContent-Length: 3000\r\n\r\n" + std::string(3000, 'e')));
  const auto failed = sender.send(broken.url());
  CHECK(failed.status == 500);
  CHECK(failed.error.empty());
  CHECK(failed.body == std::string(1024, 'e'));

  Receiver early(sender.io,
                 Receiver::answer("HTTP/1.1 103 Early Hints\r\nRetry-After: 9\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"));
  const auto final_answer = sender.send(early.url());
  CHECK(final_answer.status == 204);
  CHECK_FALSE(final_answer.retry_after);
}

TEST_CASE("Retry-After is handed on in seconds", "[transport]") {
  Sender sender;
  Receiver seconds(sender.io, Receiver::answer("HTTP/1.1 503 Busy\r\nRETRY-AFTER: 120\r\nContent-Length: 0\r\n\r\n"));
  CHECK(sender.send(seconds.url()).retry_after == 120s);
  Receiver date(
      sender.io,
      Receiver::answer("HTTP/1.1 503 Busy\r\nRetry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\nContent-Length: 0\r\n\r\n"));
  CHECK(sender.send(date.url()).retry_after == 0s);
  Receiver nonsense(sender.io, Receiver::answer("HTTP/1.1 503 Busy\r\nRetry-After: soon\r\nContent-Length: 0\r\n\r\n"));
  CHECK_FALSE(sender.send(nonsense.url()).retry_after);
}

TEST_CASE("an endless answer is cut and its status counts", "[transport]") {
  Sender sender;
  std::size_t written = 0;
  Receiver receiver(sender.io, [&written](Receiver::Socket& socket, const std::string&) -> asio::awaitable<bool> {
    const std::string head = "HTTP/1.1 200 OK\r\n\r\n";
    co_await asio::async_write(socket, asio::buffer(head), asio::use_awaitable);
    const std::string piece(16 * 1024, 'x');
    for (;;) written += co_await asio::async_write(socket, asio::buffer(piece), asio::use_awaitable);
  });
  const auto response = sender.send(receiver.url());
  CHECK(response.status == 200);
  CHECK(response.body == std::string(1024, 'x'));
  CHECK(response.error == "The answer was longer than 65536 bytes and was cut.");
  // What the receiver could write into the kernel's buffers is bounded too: the connection was closed.
  CHECK(written < 16 * 1024 * 1024);
}

TEST_CASE("an endless header is cut", "[transport]") {
  Sender sender;
  Receiver receiver(sender.io, [](Receiver::Socket& socket, const std::string&) -> asio::awaitable<bool> {
    const std::string head = "HTTP/1.1 200 OK\r\n";
    co_await asio::async_write(socket, asio::buffer(head), asio::use_awaitable);
    const std::string field = "X-Field: " + std::string(1000, 'x') + "\r\n";
    for (;;) co_await asio::async_write(socket, asio::buffer(field), asio::use_awaitable);
  });
  CHECK(sender.send(receiver.url()).error == "The answer was longer than 65536 bytes and was cut.");
}

TEST_CASE("an answer of exactly the limit is not cut", "[transport]") {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n";
  for (const int short_by : {0, 1}) {
    Sender sender({.answer_bytes_max = head.size() + 100 - static_cast<std::size_t>(short_by)});
    Receiver receiver(sender.io, Receiver::answer(head + std::string(100, 'x')));
    CHECK(sender.send(receiver.url()).error.empty() == (short_by == 0));
  }
}

TEST_CASE("a receiver that never answers is given up on", "[transport]") {
  Sender sender({.whole_time = 100ms});
  Receiver receiver(sender.io, [](Receiver::Socket& socket, const std::string&) -> asio::awaitable<bool> {
    char byte;
    co_await asio::async_read(socket, asio::buffer(&byte, 1), asio::use_awaitable);
    co_return false;
  });
  const auto response = sender.send(receiver.url());
  CHECK(response.status == 0);
  CHECK(response.error == "There was no answer within 100 ms.");
}

TEST_CASE("an answer that does not end is given up on, and its status counts", "[transport]") {
  Sender sender({.whole_time = 100ms});
  Receiver receiver(sender.io, [](Receiver::Socket& socket, const std::string&) -> asio::awaitable<bool> {
    const std::string head = "HTTP/1.1 202 Accepted\r\nContent-Length: 10\r\n\r\nhalf";
    co_await asio::async_write(socket, asio::buffer(head), asio::use_awaitable);
    char byte;
    co_await asio::async_read(socket, asio::buffer(&byte, 1), asio::use_awaitable);
    co_return false;
  });
  const auto response = sender.send(receiver.url());
  CHECK(response.status == 202);
  CHECK(response.body == "half");
  CHECK(response.error == "The answer did not end within 100 ms.");
}

TEST_CASE("a slow receiver does not delay another", "[transport]") {
  // Outlives the sender, which answers what is still on its way when it goes.
  std::vector<WebhookResponse> slow_ones;
  Sender sender({.whole_time = 10s});
  Receiver slow(sender.io, [](Receiver::Socket& socket, const std::string&) -> asio::awaitable<bool> {
    char byte;
    co_await asio::async_read(socket, asio::buffer(&byte, 1), asio::use_awaitable);
    co_return false;
  });
  Receiver quick(sender.io, Receiver::answer(kOk));
  for (int i = 0; i < 5; ++i) sender.post({.url = slow.url()}, slow_ones);
  for (int i = 0; i < 20; ++i) CHECK(sender.send(quick.url()).status == 200);
  CHECK(slow_ones.empty());
  sender.run_until([&] { return slow.requests.size() == 5; });
}

TEST_CASE("requests beyond the limit wait their turn, and beyond that fail at once", "[transport]") {
  Sender sender({.in_flight_max = 2, .waiting_max = 3});
  int now = 0;
  int most = 0;
  Receiver receiver(sender.io, [&](Receiver::Socket& socket, const std::string&) -> asio::awaitable<bool> {
    most = std::max(most, ++now);
    co_await asio::post(socket.get_executor(), asio::use_awaitable);
    --now;
    co_await asio::async_write(socket, asio::buffer(kOk), asio::use_awaitable);
    co_return true;
  });
  std::vector<WebhookResponse> responses;
  for (int i = 0; i < 6; ++i) sender.post({.url = receiver.url()}, responses);
  sender.run_until([&] { return responses.size() == 6; });
  CHECK(most <= 2);
  CHECK(responses.front().error == "Too many requests are waiting to be sent.");
  CHECK(std::count_if(responses.begin(), responses.end(), [](const auto& one) { return one.status == 200; }) == 5);
  CHECK(receiver.connections <= 2);
}

TEST_CASE("a name that resolves to loopback is refused before a connection is made", "[transport]") {
  Sender sender({}, strict_guard());
  Receiver receiver(sender.io, Receiver::answer(kOk));
  const auto response = sender.send(receiver.url("localhost"));
  CHECK(response.status == 0);
  CHECK_THAT(response.error, Catch::Contains("is loopback, and no allowed network lists it."));
  sender.io.poll();
  CHECK(receiver.connections == 0);

  // The same name is reached once its address is allowed.
  sender.transport.use_guard(loopback_guard());
  CHECK(sender.send(receiver.url("localhost")).status == 200);
}

TEST_CASE("a URL that names a refused address is refused without a lookup", "[transport]") {
  Sender sender({}, strict_guard());
  Receiver receiver(sender.io, Receiver::answer(kOk));
  for (const char* host : {"127.0.0.1", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]"}) {
    CHECK_THAT(sender.send(receiver.url(host)).error, Catch::Contains("loopback"));
  }
  CHECK(receiver.connections == 0);
}

TEST_CASE("a connection opened under other rules is not used again", "[transport]") {
  Sender sender;
  Receiver receiver(sender.io, Receiver::answer(kOk));
  CHECK(sender.send(receiver.url("localhost")).status == 200);
  CHECK(sender.send(receiver.url("localhost")).status == 200);
  REQUIRE(receiver.connections == 1);

  sender.transport.use_guard(strict_guard());
  const auto response = sender.send(receiver.url("localhost"));
  CHECK(response.status == 0);
  CHECK_THAT(response.error, Catch::Contains("loopback"));
  sender.io.poll();
  CHECK(receiver.requests.size() == 2);
}

TEST_CASE("the environment's proxy is not used", "[transport]") {
  Sender sender;
  Receiver proxy(sender.io, Receiver::answer(kOk));
  Receiver receiver(sender.io, Receiver::answer(kOk));
  const std::string url = "http://127.0.0.1:" + std::to_string(proxy.port());
  for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"}) setenv(name, url.c_str(), 1);
  CHECK(sender.send(receiver.url()).status == 200);
  for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"}) unsetenv(name);
  CHECK(proxy.connections == 0);
  CHECK(receiver.requests.size() == 1);
}

TEST_CASE("what is not an HTTP answer fails with words that hold no secret", "[transport]") {
  Sender sender({.connect_time = 200ms});
  Receiver silent(sender.io, [](Receiver::Socket&, const std::string&) -> asio::awaitable<bool> { co_return false; });
  Receiver babbling(sender.io, Receiver::answer("220 mail.example ESMTP\r\n", false));
  asio::ip::tcp::acceptor closed(sender.io, {asio::ip::address_v4::loopback(), 0});
  const std::string closed_url =
      "http://127.0.0.1:" + std::to_string(closed.local_endpoint().port()) + "/hook?key=hidden";
  closed.close();

  // A label of more than 63 bytes fails in the resolver itself, whatever network the test runs in.
  const std::string unresolvable(64, 'a');
  CHECK(sender.send(silent.url()).error == "The host closed the connection without an answer.");
  CHECK(sender.send(babbling.url()).error == "The host's answer is not HTTP/1.");
  CHECK(sender.send(closed_url).error == "The host refused the connection or cannot be reached.");
  CHECK(sender.send("http://" + unresolvable + ".invalid/hook?key=hidden").error == "The host's name does not resolve.");
  for (const std::string& url :
       {silent.url(), babbling.url(), closed_url, std::string("http://127.0.0.1:1/?key=hidden"),
        std::string("https://127.0.0.1:") + std::to_string(babbling.port()) + "/?key=hidden"}) {
    const auto response = sender.send(url, "body-secret", {{"X-Key", "header-secret"}});
    CHECK(response.status == 0);
    CHECK_FALSE(response.error.empty());
    for (const char* secret : {"hidden", "body-secret", "header-secret"}) {
      CHECK(response.error.find(secret) == response.error.npos);
    }
  }
}

TEST_CASE("a header cannot smuggle in another", "[transport]") {
  Sender sender;
  Receiver receiver(sender.io, Receiver::answer(kOk));
  const auto response = sender.send(receiver.url(), "{}", {{"X-A", "1\r\nX-B: 2"}});
  CHECK(response.error == "A header of the request holds a control character.");
  CHECK(receiver.connections == 0);
}

TEST_CASE("stopping ends every request once, and later ones at once", "[transport]") {
  Sender sender({.in_flight_max = 2});
  Receiver receiver(sender.io, [](Receiver::Socket& socket, const std::string&) -> asio::awaitable<bool> {
    char byte;
    co_await asio::async_read(socket, asio::buffer(&byte, 1), asio::use_awaitable);
    co_return false;
  });
  std::vector<WebhookResponse> responses;
  for (int i = 0; i < 5; ++i) sender.post({.url = receiver.url()}, responses);
  sender.run_until([&] { return receiver.requests.size() == 2; });
  CHECK(responses.empty());
  sender.transport.stop();
  sender.transport.stop();
  sender.run_until([&] { return responses.size() == 5; });
  for (const auto& response : responses) CHECK(response.error == "The sender was stopped before the request ended.");
  CHECK_THAT(sender.send(receiver.url()).error, Catch::Contains("stopped"));
}

TEST_CASE("a transport that is destroyed answers what it was given", "[transport]") {
  asio::io_context io;
  std::vector<WebhookResponse> responses;
  {
    CurlTransport transport(io, loopback_guard());
    // The first reaches the loop, the second does not.
    transport.send({.url = "http://127.0.0.1:1/"}, [&](WebhookResponse response) { responses.push_back(response); });
    io.poll_one();
    transport.send({.url = "http://127.0.0.1:1/"}, [&](WebhookResponse response) { responses.push_back(response); });
  }
  io.restart();
  io.run();
  REQUIRE(responses.size() == 2);
  CHECK(responses[0].status == 0);
  CHECK_THAT(responses[1].error, Catch::Contains("stopped"));
}

TEST_CASE("requests may be sent from any thread", "[transport]") {
  Sender sender;
  Receiver receiver(sender.io, Receiver::answer(kOk));
  std::vector<WebhookResponse> responses;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) sender.post({.url = receiver.url()}, responses);
    });
  }
  sender.run_until([&] { return responses.size() == 100; });
  CHECK(std::all_of(responses.begin(), responses.end(), [](const auto& one) { return one.status == 200; }));
  CHECK(receiver.requests.size() == 100);
}
