#include "api/rate_limit.h"

#include <algorithm>
#include <utility>

namespace jobsd {
namespace {

std::chrono::nanoseconds cost_of(const RateLimitConfig& config) {
  return std::chrono::nanoseconds(config.per) / config.requests;
}

// The policy is the bucket: what it holds, and how long it takes to fill.
std::string policy_of(const RateLimitConfig& config) {
  return "\"token\";q=" + std::to_string(config.burst) +
         ";w=" + std::to_string(seconds_rounded_up(cost_of(config) * config.burst));
}

}  // namespace

std::int64_t seconds_rounded_up(std::chrono::nanoseconds time) {
  return std::chrono::ceil<std::chrono::seconds>(time).count();
}

RateLimit::RateLimit(const RateLimitConfig& config, std::size_t tokens_max)
    : burst_(config.burst), cost_(cost_of(config)), tokens_max_(tokens_max), policy_(policy_of(config)) {}

RateLimit::Bucket& RateLimit::bucket_of(std::int64_t token) {
  const auto [found, is_new] = buckets_.try_emplace(token);
  Bucket& bucket = found->second;
  if (!is_new) {
    by_use_.splice(by_use_.end(), by_use_, bucket.use);
    return bucket;
  }
  bucket.use = by_use_.insert(by_use_.end(), token);
  if (buckets_.size() > tokens_max_) {
    buckets_.erase(by_use_.front());
    by_use_.pop_front();
  }
  return bucket;
}

RateLimit::Verdict RateLimit::take(std::int64_t token, Moment now) {
  Bucket& bucket = bucket_of(token);
  const auto full_at = std::max(bucket.full_at, now) + cost_;
  const std::chrono::nanoseconds missing = full_at - now;
  const auto over = missing - cost_ * burst_;
  if (over > std::chrono::nanoseconds(0)) return {.allowed = false, .full_in = missing - cost_, .next_in = over};
  bucket.full_at = full_at;
  return {.remaining = -over / cost_, .full_in = missing};
}

void RateLimit::describe(const Verdict& verdict, http::Response& response) const {
  response.headers.add("RateLimit-Policy", policy_);
  response.headers.add("RateLimit", "\"token\";r=" + std::to_string(verdict.remaining) +
                                        ";t=" + std::to_string(seconds_rounded_up(verdict.full_in)));
}

}  // namespace jobsd
