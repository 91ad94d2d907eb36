// metrics/http_counts.h - how many requests each route answered, with what, and how fast.
//
// Labels are bounded: a route is one of the table's, or "none" for what no route answered, never what a client wrote.
// Thread safety: none; used on the event loop only.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <utility>

#include "metrics/exposition.h"

namespace jobsd {

class HttpCounts {
 public:
  // Upper bounds in seconds; what is slower counts in "+Inf". From a submit on a fast disk to a held request.
  static constexpr std::array<double, 13> bounds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30};

  // The method and path of a route, both of which must live as long as this.
  using Route = std::pair<std::string_view, std::string_view>;
  static constexpr Route none = {"", "none"};

  // An answer was made after `took`. For one that is held or streamed that is when it began to be sent.
  void count(const Route& route, int status, std::chrono::nanoseconds took);
  // An answer to what could not be read, which has no time.
  void count_refused(int status) { ++routes_[none].statuses[status]; }

  void write(Exposition& out) const;

 private:
  struct Counts {
    std::map<int, std::uint64_t> statuses = {};
    std::array<std::uint64_t, bounds.size() + 1> buckets = {};
    std::uint64_t timed = 0;
    double seconds = 0;
  };

  std::map<Route, Counts> routes_;
};

}  // namespace jobsd
