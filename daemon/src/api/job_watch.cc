#include "api/job_watch.h"

#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <atomic>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "conversations/conversations.h"

namespace jobsd {

struct JobWatch::State {
  // ---- Guarded by the mutex: what the committing thread looks into ----
  std::mutex mutex;
  std::unordered_map<jobs::JobId, int> watched;

  // ---- Of the event loop ----
  std::unordered_multimap<jobs::JobId, Ticket*> tickets;
  bool closed = false;

  // ---- Locks for itself ----
  std::atomic<std::int64_t> unfinished = 0;

  std::vector<jobs::JobId> watched_among(std::span<const jobs::Event> events) {
    std::vector<jobs::JobId> found;
    const std::lock_guard lock(mutex);
    if (watched.empty()) return found;
    for (const jobs::Event& event : events) {
      if (watched.contains(event.job)) found.push_back(event.job);
    }
    return found;
  }

  void count(std::span<const jobs::Event> events) {
    std::int64_t change = 0;
    for (const jobs::Event& event : events) {
      if (event.type == jobs::EventType::created) ++change;
      if (event.type == jobs::EventType::completed || event.type == jobs::EventType::failed ||
          event.type == jobs::EventType::cancelled) {
        --change;
      }
    }
    unfinished += change;
  }

  void signal(const std::vector<jobs::JobId>& happened) {
    for (const jobs::JobId& job : happened) {
      const auto [first, last] = tickets.equal_range(job);
      for (auto ticket = first; ticket != last; ++ticket) ticket->second->signal();
    }
  }
};

JobWatch::Ticket::Ticket(asio::io_context& io, std::shared_ptr<State> state, const jobs::JobId& job)
    : state_(std::move(state)), job_(job), timer_(io) {
  state_->tickets.emplace(job_, this);
  const std::lock_guard lock(state_->mutex);
  ++state_->watched[job_];
}

JobWatch::Ticket::~Ticket() {
  const auto [first, last] = state_->tickets.equal_range(job_);
  for (auto ticket = first; ticket != last; ++ticket) {
    if (ticket->second == this) {
      state_->tickets.erase(ticket);
      break;
    }
  }
  const std::lock_guard lock(state_->mutex);
  const auto watched = state_->watched.find(job_);
  if (--watched->second == 0) state_->watched.erase(watched);
}

asio::awaitable<bool> JobWatch::Ticket::wait(std::chrono::steady_clock::time_point until) {
  while (!signalled_ && !interrupted_ && !state_->closed && std::chrono::steady_clock::now() < until) {
    timer_.expires_at(until);
    asio::error_code ignored;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  co_return std::exchange(signalled_, false) && !interrupted_;
}

void JobWatch::Ticket::signal() {
  signalled_ = true;
  timer_.cancel();
}

void JobWatch::Ticket::interrupt() {
  interrupted_ = true;
  timer_.cancel();
}

JobWatch::JobWatch(asio::io_context& io, jobs::Engine& engine) : io_(io), state_(std::make_shared<State>()) {
  engine.read([this](jobs::Reader& reader) { state_->unfinished = count_unfinished(reader); });
  const std::weak_ptr<State> weak = state_;
  subscription_ = engine.subscribe([weak, &io](std::span<const jobs::Event> events) {
    const auto state = weak.lock();
    if (!state) return;
    state->count(events);
    auto happened = state->watched_among(events);
    if (happened.empty()) return;
    asio::post(io, [weak, happened = std::move(happened)] {
      if (const auto still_there = weak.lock()) still_there->signal(happened);
    });
  });
}

JobWatch::~JobWatch() = default;

std::shared_ptr<JobWatch::Ticket> JobWatch::watch(const jobs::JobId& job) {
  return std::make_shared<Ticket>(io_, state_, job);
}

void JobWatch::close() {
  subscription_ = {};
  state_->closed = true;
  for (const auto& [job, ticket] : state_->tickets) ticket->interrupt();
}

bool JobWatch::closed() const { return state_->closed; }

std::int64_t JobWatch::unfinished() const { return state_->unfinished; }

}  // namespace jobsd
