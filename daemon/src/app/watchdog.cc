#include "app/watchdog.h"

#include <systemd/sd-daemon.h>

#include <asio/post.hpp>
#include <cstdint>
#include <utility>

namespace jobsd {

struct Watchdog::State : std::enable_shared_from_this<State> {
  State(asio::io_context& i, jobs::Engine& e, std::chrono::microseconds p, std::function<void()> b)
      : io(i), engine(e), period(p), beat(std::move(b)), timer(i) {}

  void ask() {
    const auto answered = [self = shared_from_this()](const std::exception_ptr& error) {
      if (error) return;
      asio::post(self->io, [self] {
        if (self->ended) return;
        self->beat();
        self->ask_later();
      });
    };
    try {
      // Nothing is written: it takes its turn like any other write, and costs no fsync.
      engine.transact_async([](jobs::Transaction&) {}, answered);
    } catch (const jobs::Error& error) {
      // Too much is waiting for the writer, which therefore has not answered. It is asked again.
      if (error.code() == jobs::Errc::overloaded) ask_later();
    }
  }

  void ask_later() {
    timer.expires_after(period);
    timer.async_wait([self = shared_from_this()](const asio::error_code& error) {
      if (!error && !self->ended) self->ask();
    });
  }

  // Set once.
  asio::io_context& io;
  jobs::Engine& engine;
  const std::chrono::microseconds period;
  const std::function<void()> beat;

  // On the event loop.
  asio::steady_timer timer;
  bool ended = false;
};

Watchdog::Watchdog(asio::io_context& io, jobs::Engine& engine, std::chrono::microseconds period, std::function<void()> beat)
    : state_(std::make_shared<State>(io, engine, period, std::move(beat))) {
  asio::post(io, [state = state_] { state->ask(); });
}

Watchdog::~Watchdog() {
  state_->ended = true;
  state_->timer.cancel();
}

std::chrono::microseconds watchdog_period() {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(/*unset_environment=*/0, &microseconds) <= 0) return {};
  return std::chrono::microseconds(microseconds / 3);
}

}  // namespace jobsd
