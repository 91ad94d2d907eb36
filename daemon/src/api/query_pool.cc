#include "api/query_pool.h"

#include <utility>

#include "api/error.h"

namespace jobsd {
namespace {

constexpr int retry_after_full_seconds = 5;

}  // namespace

QueryPool::QueryPool(int threads) : places_(threads + waiting_max), threads_(static_cast<std::size_t>(threads)) {}

QueryPool::~QueryPool() {
  stop();
  join();
}

std::shared_ptr<int> QueryPool::take_place() {
  if (*taken_ >= places_) {
    throw unavailable("too_many_queries", "Too many queries are waiting. Try again later.", retry_after_full_seconds);
  }
  ++*taken_;
  return {taken_.get(), [taken = taken_](int* count) { --*count; }};
}

void QueryPool::post(std::function<void()> task, EngineDone done) {
  asio::post(threads_, [task = std::move(task), done = std::move(done)] {
    std::exception_ptr thrown;
    try {
      task();
    } catch (...) {
      thrown = std::current_exception();
    }
    // Given away: who handles it on the event loop also destroys it.
    done(std::move(thrown));
  });
}

}  // namespace jobsd
