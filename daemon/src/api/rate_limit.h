// api/rate_limit.h - how often one token may ask: a token bucket for each.
//
// A bucket holds `burst` requests and gains `requests` of them every `per`, evenly. It is kept as one moment: when it will be full
// again (the generic cell rate algorithm, ITU-T I.371). So a bucket that is full is the same as one that is not there, and
// the table can forget it.
//
// The table is bounded. Beyond `tokens_max` tokens the one that asked longest ago is forgotten and would start with a full
// bucket: too many tokens make the limit softer, never stricter.
// Thread safety: none; used on the event loop only.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>

#include "config/config.h"
#include "http/message.h"

namespace jobsd {

class RateLimit {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  struct Verdict {
    bool allowed = true;
    // Whole requests that are left now.
    std::int64_t remaining = 0;
    // Until the bucket is full again.
    std::chrono::nanoseconds full_in = {};
    // Until the next request is allowed; zero when it is now.
    std::chrono::nanoseconds next_in = {};
  };

  static constexpr std::size_t tokens_max_default = 10'000;

  explicit RateLimit(const RateLimitConfig& config, std::size_t tokens_max = tokens_max_default);

  // A request of `token` at `now`. One that is refused costs nothing. `now` must not go back.
  Verdict take(std::int64_t token, Moment now);

  // Adds RateLimit-Policy and RateLimit in the form of draft-ietf-httpapi-ratelimit-headers-08 to the answer of that request.
  void describe(const Verdict& verdict, http::Response& response) const;

  std::size_t tokens() const { return buckets_.size(); }

 private:
  struct Bucket {
    Moment full_at = {};
    // Where the token stands in by_use_.
    std::list<std::int64_t>::iterator use = {};
  };

  Bucket& bucket_of(std::int64_t token);

  const std::int64_t burst_;
  // What one request costs, in time.
  const std::chrono::nanoseconds cost_;
  const std::size_t tokens_max_;
  const std::string policy_;
  std::unordered_map<std::int64_t, Bucket> buckets_;
  // The token that asked last stands last.
  std::list<std::int64_t> by_use_;
};

// For Retry-After and the fields: a client that waits this long has waited long enough.
std::int64_t seconds_rounded_up(std::chrono::nanoseconds time);

}  // namespace jobsd
