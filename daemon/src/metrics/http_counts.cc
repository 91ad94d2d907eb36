#include "metrics/http_counts.h"

#include <algorithm>
#include <string>

namespace jobsd {

void HttpCounts::count(const Route& route, int status, std::chrono::nanoseconds took) {
  Counts& counts = routes_[route];
  ++counts.statuses[status];
  const double seconds = std::chrono::duration<double>(took).count();
  const auto bucket = std::lower_bound(bounds.begin(), bounds.end(), seconds) - bounds.begin();
  ++counts.buckets[static_cast<std::size_t>(bucket)];
  ++counts.timed;
  counts.seconds += seconds;
}

void HttpCounts::write(Exposition& out) const {
  constexpr std::string_view requests = "jobsd_http_requests_total";
  out.family(requests, Exposition::Type::counter, "Requests that were answered, by route and status.");
  for (const auto& [route, counts] : routes_) {
    for (const auto& [status, count] : counts.statuses) {
      out.sample(requests, {{"method", route.first}, {"route", route.second}, {"status", std::to_string(status)}},
                 static_cast<double>(count));
    }
  }
  out.family("jobsd_http_request_duration_seconds", Exposition::Type::histogram,
             "From a request that was read whole to the start of its answer.");
  for (const auto& [route, counts] : routes_) {
    if (counts.timed == 0) continue;
    std::uint64_t so_far = 0;
    for (std::size_t i = 0; i < counts.buckets.size(); ++i) {
      so_far += counts.buckets[i];
      out.sample("jobsd_http_request_duration_seconds_bucket",
                 {{"method", route.first},
                  {"route", route.second},
                  {"le", i < bounds.size() ? number_text(bounds[i]) : std::string("+Inf")}},
                 static_cast<double>(so_far));
    }
    out.sample("jobsd_http_request_duration_seconds_sum", {{"method", route.first}, {"route", route.second}}, counts.seconds);
    out.sample("jobsd_http_request_duration_seconds_count", {{"method", route.first}, {"route", route.second}},
               static_cast<double>(counts.timed));
  }
}

}  // namespace jobsd
