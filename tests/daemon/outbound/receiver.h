// A real HTTP receiver on loopback for tests, scripted by a coroutine. Runs on the test's io_context.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/read_until.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <cctype>
#include <functional>
#include <string>
#include <vector>

class Receiver {
 public:
  using Socket = asio::ip::tcp::socket;
  // Answers one request. The connection is kept when it returns true.
  using Script = std::function<asio::awaitable<bool>(Socket& socket, const std::string& request)>;

  Receiver(asio::io_context& io, Script script)
      : acceptor_(io, {asio::ip::address_v4::loopback(), 0}), script_(std::move(script)) {
    asio::co_spawn(io, accept(), asio::detached);
  }

  int port() const { return acceptor_.local_endpoint().port(); }
  std::string url(const std::string& host = "127.0.0.1") const {
    return "http://" + host + ":" + std::to_string(port()) + "/hook?key=hidden";
  }

  // Every request that arrived whole, as it was on the wire.
  std::vector<std::string> requests;
  int connections = 0;

  static Script answer(std::string text, bool keep = true) {
    return [text = std::move(text), keep](Socket& socket, const std::string&) -> asio::awaitable<bool> {
      co_await asio::async_write(socket, asio::buffer(text), asio::use_awaitable);
      co_return keep;
    };
  }

 private:
  asio::awaitable<void> accept() {
    for (;;) {
      Socket socket = co_await acceptor_.async_accept(asio::use_awaitable);
      ++connections;
      asio::co_spawn(acceptor_.get_executor(), serve(std::move(socket)), asio::detached);
    }
  }

  asio::awaitable<void> serve(Socket socket) {
    try {
      std::string input;
      for (bool keep = true; keep;) {
        const std::size_t head =
            co_await asio::async_read_until(socket, asio::dynamic_buffer(input), "\r\n\r\n", asio::use_awaitable);
        std::string lower = input.substr(0, head);
        for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        const std::size_t at = lower.find("content-length: ");
        const std::size_t length = at == lower.npos ? 0 : std::stoul(lower.substr(at + 16));
        if (input.size() < head + length) {
          co_await asio::async_read(socket, asio::dynamic_buffer(input),
                                    asio::transfer_exactly(head + length - input.size()), asio::use_awaitable);
        }
        const std::string request = input.substr(0, head + length);
        input.erase(0, head + length);
        requests.push_back(request);
        keep = co_await script_(socket, request);
      }
    } catch (const std::system_error&) {
      // The sender hung up, which is what some tests are about.
    }
  }

  asio::ip::tcp::acceptor acceptor_;
  Script script_;
};
