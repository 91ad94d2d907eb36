// jobs/retry.h - how often a failed job runs again, and when.
//
//   engine.handle("charge", charge, {.retry = {.base = 5s, .cap = 10min, .never = {"card_refused"}}});
//   engine.handle("crawl", crawl, {.retry = {.wait = [](int failures, const jobs::Failure& why) {
//     return why.code == "gone" ? std::nullopt : std::optional<std::chrono::milliseconds>(failures * 1min);
//   }}});
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "jobs/job.h"

namespace jobs {

// What follows a failed attempt while JobSpec::max_attempts allows another. A job whose worker was lost is not asked about:
// nothing speaks against the job, and it is due at once.
struct RetryPolicy {
  enum class Kind {
    // The wait before attempt n+1 is a random time between zero and min(cap, base * 2^(n-1)): exponential backoff with full
    // jitter, which spreads the retries of jobs that failed together.
    // Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    exponential,
    // The wait is always `base`.
    fixed,
  };

  Kind kind = Kind::exponential;
  // From nothing to 100 years of 365 days; so is `cap`.
  std::chrono::milliseconds base = std::chrono::seconds(1);
  std::chrono::milliseconds cap = std::chrono::hours(1);

  // Codes of failures that end the job at once: a handler's own, or "handler_error", "time_limit", "no_handler".
  std::vector<std::string> never = {};

  // Decides by itself, instead of all but `never`: given how many attempts have failed and why the last one did, it returns
  // the wait before the next, or nothing if there is to be none. Less than no time counts as none, more than 100 years as
  // that; when it throws, the wait is that of a default policy, and the log says so. It may take its time, and may be called
  // from several threads at once.
  std::function<std::optional<std::chrono::milliseconds>(int failures, const Failure& failure)> wait = {};
};

}  // namespace jobs
