// A receiver of webhooks on a loopback port of its own, which answers as the test says.
#pragma once

#include <asio/io_context.hpp>
#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "http/server.h"

class Receiver {
 public:
  Receiver() : server_(io_, {}, [this](const http::Request& request) { return take(request); }) {
    server_.listen({asio::ip::address_v4::loopback(), 0});
    loop_ = std::thread([this] { io_.run(); });
  }
  ~Receiver() {
    io_.stop();
    loop_.join();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.endpoint().port()) + "/hook"; }
  void answer_with(int status) { status_ = status; }

  // The next request that nobody has waited for yet.
  http::Request wait() {
    std::unique_lock lock(mutex_);
    REQUIRE(arrived_.wait_for(lock, std::chrono::seconds(30), [this] { return !requests_.empty(); }));
    http::Request first = std::move(requests_.front());
    requests_.erase(requests_.begin());
    return first;
  }

 private:
  asio::awaitable<http::Response> take(const http::Request& request) {
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    arrived_.notify_all();
    co_return http::Response{.status = status_};
  }

  asio::io_context io_;
  http::Server server_;
  std::thread loop_;
  std::atomic<int> status_ = 204;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<http::Request> requests_;
};
