// run/janitor.h - removes finished jobs when their time is over, in bites small enough that nobody waits for them.
// Used by one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "store/jobs.h"
#include "store/writer.h"

namespace jobs::run {

class Janitor {
 public:
  // A retention of zero keeps everything.
  Janitor(store::Writer& writer, store::JobTable& jobs, std::chrono::milliseconds retention)
      : writer_(writer), jobs_(jobs), retention_(retention) {}

  // Takes one bite if it is time, and returns when it wants to be called again. Empty: never.
  std::optional<Time> run_once(Time now);

 private:
  store::Writer& writer_;
  store::JobTable& jobs_;
  const std::chrono::milliseconds retention_;
  // Where this pass over the jobs has come to.
  std::int64_t seen_ = 0;
  Time next_ = Time::min();
};

}  // namespace jobs::run
