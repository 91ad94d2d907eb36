// held_handler.h - a handler that is in the middle of its run for as long as a test wants.
#pragma once

#include <future>
#include <latch>

#include "jobs/engine.h"

class HeldHandler {
 public:
  explicit HeldHandler(std::string summary) : summary_(std::move(summary)) {}

  jobs::Result operator()(jobs::Context&) {
    entered_.count_down();
    go_.get_future().wait();
    return {summary_};
  }

  void wait_until_entered() { entered_.wait(); }
  void let_go() { go_.set_value(); }

 private:
  const std::string summary_;
  std::latch entered_{1};
  std::promise<void> go_;
};
