#include "api/cors.h"

#include <algorithm>

namespace jobsd {
namespace {

constexpr const char* request_fields =
    "Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, Prefer, X-Request-Id, traceparent";
constexpr const char* response_fields =
    "ETag, Idempotent-Replayed, Location, Preference-Applied, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id";
// How long a browser may remember a preflight.
constexpr const char* remembered_seconds = "600";

}  // namespace

void Cors::describe(const http::Request& request, http::Response& response) const {
  if (origins_.empty()) return;
  const bool any = std::find(origins_.begin(), origins_.end(), "*") != origins_.end();
  if (!any) response.headers.add("Vary", "Origin");
  const auto origin = request.headers.find("Origin");
  if (!origin || (!any && std::find(origins_.begin(), origins_.end(), *origin) == origins_.end())) return;
  response.headers.add("Access-Control-Allow-Origin", any ? "*" : std::string(*origin));
  const auto allowed = response.headers.find("Allow");
  if (request.method == "OPTIONS" && allowed && request.headers.find("Access-Control-Request-Method")) {
    response.headers.add("Access-Control-Allow-Methods", std::string(*allowed));
    response.headers.add("Access-Control-Allow-Headers", request_fields);
    response.headers.add("Access-Control-Max-Age", remembered_seconds);
  } else {
    response.headers.add("Access-Control-Expose-Headers", response_fields);
  }
}

}  // namespace jobsd
