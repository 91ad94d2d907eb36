// api/query_pool.h - the analyst for requests that wait for its answer: a few threads beside the event loop.
//
// They are none of the engine's, so that a slow query on a user's database holds up neither the store nor the jobs. What waits
// for a thread is bounded, too.
// Thread safety: used on the event loop only; `work` runs on a thread of the pool.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/post.hpp>
#include <asio/thread_pool.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>

#include "api/await.h"
#include "http/message.h"

namespace jobsd {

class QueryPool {
 public:
  // How many may wait while all threads are busy.
  static constexpr int waiting_max = 64;

  explicit QueryPool(int threads);
  // Stops, and waits for what runs.
  ~QueryPool();
  QueryPool(const QueryPool&) = delete;
  QueryPool& operator=(const QueryPool&) = delete;

  // What `work` uses it must own. Its token is raised when the client has gone, or everything stops. An exception of `work`
  // comes out of the co_await. Throws ApiError 503: too many wait.
  template <typename T>
  asio::awaitable<T> run(const http::Request& request, std::function<T(std::stop_token)> work) {
    const auto place = take_place();
    const auto stop = std::make_shared<std::stop_source>();
    request.on_gone([weak = std::weak_ptr(stop)] {
      if (const auto running = weak.lock()) running->request_stop();
    });
    const auto result = std::make_shared<std::optional<T>>();
    std::function<void()> task = [result, stop, all = stop_.get_token(), work = std::move(work)] {
      const std::stop_callback with_all(all, [&] { stop->request_stop(); });
      result->emplace(work(stop->get_token()));
    };
    std::function<void(EngineDone)> start = [this, task = std::move(task)](EngineDone done) { post(task, std::move(done)); };
    co_await await_engine(std::move(start));
    co_return std::move(**result);
  }

  // Running and waiting.
  int asked() const { return *taken_; }
  // Raises every token, of what is asked later as well.
  void stop() { stop_.request_stop(); }
  // Waits until nothing runs; nothing may be asked afterwards.
  void join() { threads_.join(); }

 private:
  std::shared_ptr<int> take_place();
  void post(std::function<void()> task, EngineDone done);

  const int places_;
  // Running and waiting. Shared with what outlives the pool.
  std::shared_ptr<int> taken_ = std::make_shared<int>(0);
  std::stop_source stop_;
  asio::thread_pool threads_;
};

}  // namespace jobsd
