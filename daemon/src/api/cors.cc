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

bool Cors::allow(const http::Headers& asked, http::Response& response) const {
  if (origins_.empty()) return false;
  const bool any = std::find(origins_.begin(), origins_.end(), "*") != origins_.end();
  if (any) {
    response.headers.add("Access-Control-Allow-Origin", "*");
    return true;
  }
  response.headers.add("Vary", "Origin");
  const auto origin = asked.find("Origin");
  if (!origin || std::find(origins_.begin(), origins_.end(), *origin) == origins_.end()) return false;
  response.headers.add("Access-Control-Allow-Origin", std::string(*origin));
  return true;
}

void Cors::describe(const http::Request& request, http::Response& response) const {
  if (!allow(request.headers, response)) return;
  const auto allowed = response.headers.find("Allow");
  if (request.method == "OPTIONS" && allowed && request.headers.find("Access-Control-Request-Method")) {
    response.headers.add("Access-Control-Allow-Methods", std::string(*allowed));
    response.headers.add("Access-Control-Allow-Headers", request_fields);
    response.headers.add("Access-Control-Max-Age", remembered_seconds);
  } else {
    response.headers.add("Access-Control-Expose-Headers", response_fields);
  }
}

void Cors::describe(const http::Headers& asked, http::Response& response) const {
  if (allow(asked, response)) response.headers.add("Access-Control-Expose-Headers", response_fields);
}

}  // namespace jobsd
