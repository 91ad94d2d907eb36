// api/job_watch.h - waiting for something to happen to a job, or for a job of a queue.
//
// One subscription to the engine serves all who wait. It also counts the jobs that are not finished, so that a full queue is
// noticed without asking the disk.
// Thread safety: construct before the engine starts; unfinished() and revived() from any thread, all else on the event loop.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "api/watch.h"
#include "jobs/engine.h"

namespace jobsd {

// An event that was told, for all who hear of it.
struct ToldEvent {
  explicit ToldEvent(const jobs::Event& the_event) : event(the_event) {}

  jobs::Event event;
  // As streams send it: made by the first of them, on the event loop.
  std::string text = {};
};

class JobWatch {
 public:
  using Ticket = Watch<jobs::JobId, ToldEvent>::Ticket;
  using QueueTicket = Watch<std::string, std::string>::Ticket;

  JobWatch(asio::io_context& io, jobs::Engine& engine);
  ~JobWatch();
  JobWatch(const JobWatch&) = delete;
  JobWatch& operator=(const JobWatch&) = delete;

  // The ticket keeps so many events of the job.
  std::shared_ptr<Ticket> watch(const jobs::JobId& job, std::size_t events = 0) { return jobs_.watch(job, events); }
  // Of a queue by the engine's name for it: told when one of its jobs may have become ready.
  std::shared_ptr<QueueTicket> watch_queue(std::string queue) { return queues_.watch(std::move(queue)); }
  // Ends all waits, present and future, and the subscriptions: nothing refers to the engine any more.
  void close();
  bool closed() const { return jobs_.closed(); }

  std::int64_t unfinished() const { return *unfinished_; }
  // A finished job was given another life.
  void revived() { ++*unfinished_; }

 private:
  Watch<jobs::JobId, ToldEvent> jobs_;
  Watch<std::string, std::string> queues_;
  std::shared_ptr<std::atomic<std::int64_t>> unfinished_ = std::make_shared<std::atomic<std::int64_t>>(0);
  jobs::Subscription events_;
  jobs::Subscription ready_;
};

}  // namespace jobsd
