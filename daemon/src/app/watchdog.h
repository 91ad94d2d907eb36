// app/watchdog.h - tells the service manager that the process works, and only then.
//
// A beat is sent when both have answered that everything else waits for: the event loop, which asks, and the store's writer,
// which must commit. One question is on its way at a time, so that a process that hangs asks no more, and is ended and
// started again by the manager. So is one whose store failed: it refuses every write until it is opened anew.
// Thread safety: construct and destroy while the event loop does not run, or on it.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "jobs/engine.h"

namespace jobsd {

class Watchdog {
 public:
  // Asks once every `period`; `beat` is called on the event loop. `io` and `engine` must outlive this.
  Watchdog(asio::io_context& io, jobs::Engine& engine, std::chrono::microseconds period, std::function<void()> beat);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// How often systemd wants to be told, so that a beat may be late without harm: a third of WatchdogSec=. Zero: not at all.
std::chrono::microseconds watchdog_period();

}  // namespace jobsd
