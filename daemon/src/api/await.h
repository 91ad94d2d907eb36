// api/await.h - the engine's asynchronous calls, awaited on the event loop.
//
//   const auto found = co_await read<std::optional<AiJob>>(engine, [id, viewer](jobs::Reader& reader) {
//     return find_job(reader, id, viewer);
//   });
//
// `work` runs on a thread of the engine; the coroutine goes on where it was awaited. What `work` uses it must own: the
// coroutine may be destroyed, with the server, before `work` has run. An exception of `work` comes out of the co_await.
#pragma once

#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/awaitable.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "jobs/engine.h"

namespace jobsd {

using EngineDone = std::function<void(std::exception_ptr)>;

// Starts an engine call, once, and waits for its `done`.
inline asio::awaitable<void> await_engine(std::function<void(EngineDone)> start) {
  auto initiate = [start = std::move(start)](auto handler) {
    // std::function wants a copyable callable, a completion handler can only be moved.
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    auto executor = asio::get_associated_executor(*shared);
    const auto go_on = [shared, executor](std::exception_ptr error) {
      asio::post(executor, [shared, error = std::move(error)]() mutable { std::move(*shared)(std::move(error)); });
    };
    try {
      start([go_on, busy = asio::make_work_guard(executor)](std::exception_ptr error) { go_on(std::move(error)); });
    } catch (...) {
      go_on(std::current_exception());
    }
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr)>(std::move(initiate),
                                                                                        asio::use_awaitable);
}

template <typename T>
asio::awaitable<T> transact(jobs::Engine& engine, std::function<T(jobs::Transaction&)> work,
                            jobs::Throws throws = jobs::Throws::any_time) {
  auto result = std::make_shared<std::optional<T>>();
  std::function<void(jobs::Transaction&)> run = [result, work = std::move(work)](jobs::Transaction& tx) {
    result->emplace(work(tx));
  };
  std::function<void(EngineDone)> start = [&engine, run = std::move(run), throws](EngineDone done) mutable {
    engine.transact_async(std::move(run), std::move(done), throws);
  };
  co_await await_engine(std::move(start));
  co_return std::move(**result);
}

template <typename T>
asio::awaitable<T> read(const jobs::Engine& engine, std::function<T(jobs::Reader&)> work) {
  auto result = std::make_shared<std::optional<T>>();
  std::function<void(jobs::Reader&)> run = [result, work = std::move(work)](jobs::Reader& reader) {
    result->emplace(work(reader));
  };
  std::function<void(EngineDone)> start = [&engine, run = std::move(run)](EngineDone done) mutable {
    engine.read_async(std::move(run), std::move(done));
  };
  co_await await_engine(std::move(start));
  co_return std::move(**result);
}

}  // namespace jobsd
