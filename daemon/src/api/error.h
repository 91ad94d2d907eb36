// api/error.h - why a request is refused. Thrown by whatever serves it; wire.h writes it.
#pragma once

#include <cstdint>
#include <string>

namespace jobsd {

struct ApiError {
  int status = 400;
  // Stable and machine-readable.
  std::string code = {};
  // For a person. No SQL, path or secret is in it.
  std::string detail = {};
  // Seconds for Retry-After. 0: none.
  std::int64_t retry_after = 0;
};

// 400 "Bad Request: <field>: <problem>".
ApiError bad_field(const std::string& field, const std::string& problem);
// 404. The same words whether it does not exist or belongs to somebody else.
ApiError not_found(const std::string& what);
ApiError forbidden(const std::string& detail);
// 429 with Retry-After.
ApiError rate_limited(std::int64_t retry_after_seconds);
// 503 with Retry-After.
ApiError unavailable(const std::string& code, const std::string& detail, int retry_after);

}  // namespace jobsd
