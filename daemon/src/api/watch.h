// api/watch.h - waiting on the event loop for something to happen to one of many things.
//
// Telling of a thing that nobody watches costs one look into a table; the rest happens on the event loop, where the tickets
// live.
//
// Use: take a ticket, then read, then wait. What is told after the ticket was taken ends the wait, even if it came before
// wait() was called, so nothing is lost between reading and waiting. A ticket may also keep the news themselves: thousands who
// watch the same thing then need not read it thousands of times.
// Thread safety: tell() from any thread, all else on the event loop.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace jobsd {

// News is what is told of a thing; all who keep it share one.
template <class Key, class News>
class Watch {
  struct State;

 public:
  using Shared = std::shared_ptr<News>;

  // A wait in progress. Give it up by dropping it.
  class Ticket {
   public:
    Ticket(asio::io_context& io, std::shared_ptr<State> state, Key key, std::size_t keeps)
        : state_(std::move(state)), key_(std::move(key)), keeps_(keeps), timer_(io) {
      state_->tickets[key_].insert(this);
      const std::lock_guard lock(state_->mutex);
      ++state_->watched[key_];
    }
    ~Ticket() {
      const auto same = state_->tickets.find(key_);
      same->second.erase(this);
      if (same->second.empty()) state_->tickets.erase(same);
      const std::lock_guard lock(state_->mutex);
      const auto watched = state_->watched.find(key_);
      if (--watched->second == 0) state_->watched.erase(watched);
    }
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;

    // True: something happened since the ticket was taken or the last wait ended. False: `until` passed, or waiting has
    // been ended for good by interrupt() or Watch::close().
    asio::awaitable<bool> wait(std::chrono::steady_clock::time_point until) {
      while (!signalled_ && !interrupted_ && !state_->closed && std::chrono::steady_clock::now() < until) {
        timer_.expires_at(until);
        asio::error_code ignored;
        co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
      }
      co_return std::exchange(signalled_, false) && !interrupted_;
    }
    // What was told since the ticket was taken or news() last called, oldest first. Empty: more than the ticket keeps.
    std::optional<std::vector<Shared>> news() {
      if (std::exchange(missed_, false)) {
        news_.clear();
        return std::nullopt;
      }
      return std::exchange(news_, {});
    }
    void signal(const Shared& news) {
      signalled_ = true;
      if (news_.size() < keeps_) {
        news_.push_back(news);
      } else {
        missed_ = true;
      }
      timer_.cancel();
    }
    void interrupt() {
      interrupted_ = true;
      timer_.cancel();
    }

   private:
    std::shared_ptr<State> state_;
    Key key_;
    std::size_t keeps_ = 0;
    std::vector<Shared> news_;
    bool missed_ = false;
    asio::steady_timer timer_;
    bool signalled_ = false;
    bool interrupted_ = false;
  };

  // Where something is told. May outlive the watch.
  class Teller {
   public:
    Teller(asio::io_context& io, std::weak_ptr<State> state) : io_(io), state_(std::move(state)) {}

    // `key_of` gives the key of an item. News is made of an item.
    template <class Items, class KeyOf>
    void tell(const Items& items, KeyOf key_of) const {
      const auto state = state_.lock();
      if (!state) return;
      Happened happened;
      {
        const std::lock_guard lock(state->mutex);
        if (state->watched.empty()) return;
        for (const auto& item : items) {
          if (state->watched.contains(key_of(item))) happened.emplace_back(key_of(item), std::make_shared<News>(item));
        }
      }
      if (happened.empty()) return;
      asio::post(io_, [weak = state_, happened = std::move(happened)] {
        if (const auto still_there = weak.lock()) still_there->signal(happened);
      });
    }

   private:
    asio::io_context& io_;
    std::weak_ptr<State> state_;
  };

  explicit Watch(asio::io_context& io) : io_(io), state_(std::make_shared<State>()) {}

  // The ticket keeps so many news.
  std::shared_ptr<Ticket> watch(Key key, std::size_t keeps = 0) {
    return std::make_shared<Ticket>(io_, state_, std::move(key), keeps);
  }
  Teller teller() const { return {io_, state_}; }
  // Ends all waits, present and future.
  void close() {
    state_->closed = true;
    for (const auto& [key, tickets] : state_->tickets) {
      for (Ticket* const ticket : tickets) ticket->interrupt();
    }
  }
  bool closed() const { return state_->closed; }

 private:
  using Happened = std::vector<std::pair<Key, Shared>>;

  struct State {
    // ---- Guarded by the mutex: what the telling thread looks into ----
    std::mutex mutex;
    std::unordered_map<Key, int> watched;

    // ---- Of the event loop ----
    // Thousands may watch one thing, and leave it together.
    std::unordered_map<Key, std::unordered_set<Ticket*>> tickets;
    bool closed = false;

    void signal(const Happened& happened) {
      for (const auto& [key, news] : happened) {
        const auto same = tickets.find(key);
        if (same == tickets.end()) continue;
        for (Ticket* const ticket : same->second) ticket->signal(news);
      }
    }
  };

  asio::io_context& io_;
  std::shared_ptr<State> state_;
};

}  // namespace jobsd
