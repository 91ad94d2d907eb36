// inside_asio [FILE]: a program whose one thread is an asio::io_context, and may wait for no disk.
//
// The engine's asynchronous calls answer on threads of its own. Here each answer is posted to the context, so that
// whoever asked goes on there, as a coroutine.
#include <asio.hpp>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include "jobs/engine.h"

// [adapter
// Hands what a callback of the engine's was given to `handler`, on the executor that the handler asked for.
template <class Handler>
auto on_executor_of(Handler handler) {
  auto work = asio::make_work_guard(asio::get_associated_executor(handler));  // keeps the context running meanwhile
  return [work, shared = std::make_shared<Handler>(std::move(handler))](std::exception_ptr error, auto... answer) {
    asio::post(work.get_executor(), [shared, error, answer...]() mutable { (*shared)(error, std::move(answer)...); });
  };
}

// Durable when it is answered: `auto submitted = co_await async_submit(engine, {.kind = "greet"},
// asio::use_awaitable)`.
template <class Token>
auto async_submit(jobs::Engine& engine, jobs::JobSpec job, Token&& token) {
  return asio::async_initiate<Token, void(std::exception_ptr, jobs::Submitted)>(
      [&engine](auto handler, jobs::JobSpec spec) {
        engine.submit_async(std::move(spec), on_executor_of(std::move(handler)));
      },
      token, std::move(job));
}

template <class Token>
auto async_find(jobs::Engine& engine, jobs::JobId id, Token&& token) {
  return asio::async_initiate<Token, void(std::exception_ptr, std::optional<jobs::Job>)>(
      [&engine, id](auto handler) {
        auto found = std::make_shared<std::optional<jobs::Job>>();
        engine.read_async([found, id](jobs::Reader& reader) { *found = reader.find(id); },
                          [found, answer = on_executor_of(std::move(handler))](std::exception_ptr error) mutable {
                            answer(error, std::move(*found));
                          });
      },
      token);
}
// adapter]

// [coroutine
// What the loop knows of the engine's events. Shared, because an event may still be on its way when the coroutine has
// ended.
struct News {
  explicit News(const asio::any_io_executor& executor) : wake(executor, asio::steady_timer::time_point::max()) {}
  bool arrived = false;
  asio::steady_timer wake;
};

asio::awaitable<void> greet(jobs::Engine& engine) {
  const auto news = std::make_shared<News>(co_await asio::this_coro::executor);
  const auto subscription = engine.subscribe([news](auto) {  // on the thread that committed
    asio::post(news->wake.get_executor(), [news] {
      news->arrived = true;
      news->wake.cancel();
    });
  });
  const jobs::JobSpec spec = {.kind = "greet", .payload = "loop"};
  const jobs::JobId id = co_await async_submit(engine, spec, asio::use_awaitable);
  std::puts("submitted");
  while (true) {
    news->arrived = false;
    const std::optional<jobs::Job> job = co_await async_find(engine, id, asio::use_awaitable);
    if (jobs::is_terminal(job->state)) {
      std::puts(job->summary.c_str());
      co_return;
    }
    asio::error_code cancelled;
    while (!news->arrived) co_await news->wake.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  }
}
// coroutine]

int main(int argc, char** argv) {
  jobs::Engine engine({.path = argc > 1 ? argv[1] : "jobs.db"});
  engine.handle("greet", [](jobs::Context& job) { return jobs::Result{.summary = "hello, " + job.payload()}; });
  engine.start();
  asio::io_context loop;
  asio::co_spawn(loop, greet(engine), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  loop.run();
}
