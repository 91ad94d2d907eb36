// api/job_watch.h - waiting on the event loop for something to happen to a job.
//
// One subscription to the engine serves all who wait. On the thread that committed, an event of a job that nobody watches costs
// one look into a table; the rest happens on the event loop, where the tickets live.
//
// Use: take a ticket, then read, then wait. An event that is committed after the ticket was taken ends the wait, even if it
// came before wait() was called, so nothing is lost between reading and waiting.
//
// It also counts the jobs that are not finished, so that a full queue is noticed without asking the disk.
// Thread safety: construct before the engine starts; unfinished() from any thread, all else on the event loop.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>

#include "jobs/engine.h"

namespace jobsd {

class JobWatch {
  struct State;

 public:
  // A wait in progress. Give it up by dropping it.
  class Ticket {
   public:
    Ticket(asio::io_context& io, std::shared_ptr<State> state, const jobs::JobId& job);
    ~Ticket();
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;

    // True: something happened since the ticket was taken or the last wait ended. False: `until` passed, or waiting has
    // been ended for good by interrupt() or JobWatch::close().
    asio::awaitable<bool> wait(std::chrono::steady_clock::time_point until);
    void signal();
    void interrupt();

   private:
    std::shared_ptr<State> state_;
    jobs::JobId job_;
    asio::steady_timer timer_;
    bool signalled_ = false;
    bool interrupted_ = false;
  };

  JobWatch(asio::io_context& io, jobs::Engine& engine);
  ~JobWatch();
  JobWatch(const JobWatch&) = delete;
  JobWatch& operator=(const JobWatch&) = delete;

  std::shared_ptr<Ticket> watch(const jobs::JobId& job);
  // Ends all waits, present and future, and the subscription: nothing refers to the engine any more.
  void close();
  bool closed() const;

  std::int64_t unfinished() const;

 private:
  asio::io_context& io_;
  std::shared_ptr<State> state_;
  jobs::Subscription subscription_;
};

}  // namespace jobsd
