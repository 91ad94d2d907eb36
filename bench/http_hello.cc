// bench/http_hello.cc - a bare server that says hello, to be measured with any HTTP load generator.
//
//   http_hello 8080 &
//   wrk -c 64 -t 1 http://127.0.0.1:8080/
//
// One thread, as in the daemon. What it reaches is what the HTTP room itself costs.
#include <asio/io_context.hpp>
#include <asio/ip/address.hpp>
#include <asio/signal_set.hpp>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <exception>

#include "http/server.h"

int main(int argc, char** argv) {
  unsigned short port = 0;
  if (argc != 2 || std::from_chars(argv[1], argv[1] + std::strlen(argv[1]), port).ec != std::errc()) {
    std::fprintf(stderr, "usage: http_hello PORT\n");
    return 2;
  }
  try {
    asio::io_context io(1);
    http::Server server(io, {}, [](const http::Request&) -> asio::awaitable<http::Response> {
      http::Response response{.body = "hello\n"};
      response.headers.add("Content-Type", "text/plain");
      co_return response;
    });
    server.listen({asio::ip::make_address("127.0.0.1"), port});
    std::printf("listening on http://127.0.0.1:%d\n", static_cast<int>(server.endpoint().port()));
    std::fflush(stdout);
    asio::signal_set signals(io, SIGINT, SIGTERM);
    signals.async_wait([&server, &io](const std::error_code&, int) {
      server.drain(std::chrono::seconds(1), [&io] { io.stop(); });
    });
    io.run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "http_hello: %s\n", error.what());
    return 1;
  }
  return 0;
}
