// test_engine.h - an engine on a file of its own, with a clock and random bits that a test controls.
#pragma once

#include <memory>
#include <random>

#include "jobs/engine.h"
#include "support/manual_clock.h"
#include "support/temporary_folder.h"

class TestEngine {
 public:
  explicit TestEngine(jobs::Options options = {}) : options_(std::move(options)) {
    options_.path = folder / "jobs.db";
    options_.clock = &clock;
    options_.random = [generator = std::mt19937_64(7)]() mutable { return generator(); };
    open();
  }

  jobs::Engine* operator->() { return engine_.get(); }
  jobs::Engine& operator*() { return *engine_; }

  // As a restart of the process does.
  void reopen() {
    engine_.reset();
    open();
  }
  void close() { engine_.reset(); }
  void open() { engine_ = std::make_unique<jobs::Engine>(options_); }

  // Until none has anything to do now: a bite of retention is as long as the machine is fast.
  void run_timers_out() {
    while (engine_->run_timers() == clock.now()) {
    }
  }

  jobs::Options& options() { return options_; }

  TemporaryFolder folder;
  ManualClock clock;

 private:
  jobs::Options options_;
  std::unique_ptr<jobs::Engine> engine_;
};
