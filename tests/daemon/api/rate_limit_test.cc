// How often a token may ask: over the wire on both sides of the limit, and the buckets themselves. Time is set by hand.
#include "api/rate_limit.h"

#include <atomic>
#include <catch2/catch.hpp>

#include "test_daemon.h"

using jobsd::RateLimit;
using namespace std::chrono_literals;

namespace {

using Moment = RateLimit::Moment;

// Three at once; one comes back every 20 seconds.
const jobsd::RateLimitConfig three_a_minute{.requests = 3, .per = 1min, .burst = 3};

// A daemon whose rates are limited by a clock that stands until it is moved.
struct LimitedDaemon {
  explicit LimitedDaemon(const jobsd::RateLimitConfig& limit = three_a_minute)
      : daemon({.adjust = [limit](jobsd::Config& config) { config.api.rate_limit = limit; },
                .now = [this] { return Moment(seconds.load()); }}) {}
  std::atomic<std::chrono::seconds> seconds = 1000s;
  TestDaemon daemon;
};

}  // namespace

TEST_CASE("a token may ask as often as its limit says; one request more is 429 with Retry-After", "[rate]") {
  LimitedDaemon limited;
  const Client client = limited.daemon.organization();
  CHECK(client.get(jobs_path).header("RateLimit-Policy") == "\"token\";q=3;w=60");
  CHECK(client.get(jobs_path).header("RateLimit") == "\"token\";r=1;t=40");
  CHECK(client.get(jobs_path).header("RateLimit") == "\"token\";r=0;t=60");

  const Reply refused = client.get(jobs_path);
  CHECK(refused.status == 429);
  CHECK(refused.header("Retry-After") == "20");
  CHECK(refused.header("RateLimit") == "\"token\";r=0;t=60");
  CHECK(refused.header("RateLimit-Policy") == "\"token\";q=3;w=60");
  CHECK(refused.header("Content-Type") == "application/json");
  CHECK(refused.json() == nlohmann::json{{"detail", "Too Many Requests: this token asks too often; try again in 20 seconds"},
                                         {"status", 429},
                                         {"code", "rate_limited"}});

  limited.seconds = 1019s;
  CHECK(client.get(jobs_path).header("Retry-After") == "1");
  limited.seconds = 1020s;
  CHECK(client.get(jobs_path).status == 200);
  CHECK(client.get(jobs_path).status == 429);
}

TEST_CASE("every route that asks for a token counts, whatever it answers", "[rate]") {
  LimitedDaemon limited;
  const Client client = limited.daemon.organization();
  CHECK(client.post(jobs_path, nlohmann::json::object()).header("RateLimit") == "\"token\";r=2;t=20");
  CHECK(client.get(jobs_path + "/" + unknown_id).header("RateLimit") == "\"token\";r=1;t=40");
  CHECK(client.request("HEAD", jobs_path, "").header("RateLimit") == "\"token\";r=0;t=60");
  CHECK(client.post(jobs_path, question()).status == 429);
}

TEST_CASE("one token's limit does not touch another's, nor what needs no token", "[rate]") {
  LimitedDaemon limited;
  const auto ana = limited.daemon.person("Ana");
  const auto ben = limited.daemon.person("Ben");
  const Client first = limited.daemon.client(ana.token);
  for (int i = 0; i < 3; ++i) CHECK(first.get(jobs_path).status == 200);
  CHECK(first.get(jobs_path).status == 429);
  CHECK(limited.daemon.client(ben.token).get(jobs_path).header("RateLimit") == "\"token\";r=2;t=20");
  CHECK(limited.daemon.organization().get(jobs_path).status == 200);
  CHECK(limited.daemon.client(ana.token).get("/healthz").status == 200);
  const Reply stranger = limited.daemon.client("").get(jobs_path);
  CHECK(stranger.status == 401);
  CHECK_FALSE(stranger.header("RateLimit"));
}

TEST_CASE("without a configured limit nothing is said of one", "[rate]") {
  TestDaemon daemon;
  const Reply reply = daemon.organization().get(jobs_path);
  CHECK(reply.status == 200);
  CHECK_FALSE(reply.header("RateLimit"));
  CHECK_FALSE(reply.header("RateLimit-Policy"));
}

TEST_CASE("requests come back evenly, to the nanosecond, and never above the burst", "[rate]") {
  RateLimit limit({.requests = 60, .per = 1min, .burst = 2});
  const Moment start(1h);
  CHECK(limit.take(1, start).remaining == 1);
  CHECK(limit.take(1, start).remaining == 0);
  const auto refused = limit.take(1, start);
  CHECK_FALSE(refused.allowed);
  CHECK(refused.next_in == 1s);
  CHECK(refused.full_in == 2s);
  CHECK_FALSE(limit.take(1, start + 1s - 1ns).allowed);
  CHECK(limit.take(1, start + 1s).allowed);
  CHECK_FALSE(limit.take(1, start + 1s).allowed);
  CHECK(limit.take(1, start + 1h).remaining == 1);
}

TEST_CASE("the table of buckets is bounded, and forgets who asked longest ago", "[rate]") {
  RateLimit limit({.requests = 1, .per = 1min, .burst = 1}, 3);
  const Moment now(1h);
  for (const std::int64_t token : {1, 2, 3}) CHECK(limit.take(token, now).allowed);
  CHECK_FALSE(limit.take(1, now).allowed);  // A refused request is a use as well.
  CHECK(limit.take(4, now).allowed);
  CHECK(limit.tokens() == 3);
  for (const std::int64_t token : {1, 3, 4}) CHECK_FALSE(limit.take(token, now).allowed);
  CHECK(limit.take(2, now).allowed);
  for (std::int64_t token = 5; token < 1000; ++token) limit.take(token, now);
  CHECK(limit.tokens() == 3);
}
