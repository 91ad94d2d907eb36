#include "api/error.h"

namespace jobsd {

ApiError bad_field(const std::string& field, const std::string& problem) {
  return {.status = 400, .code = "bad_request", .detail = "Bad Request: " + field + ": " + problem};
}

ApiError not_found(const std::string& what) {
  return {.status = 404, .code = "not_found", .detail = what + " not found"};
}

ApiError forbidden(const std::string& detail) {
  return {.status = 403, .code = "forbidden", .detail = "Forbidden: " + detail};
}

ApiError rate_limited(std::int64_t retry_after_seconds) {
  return {.status = 429,
          .code = "rate_limited",
          .detail = "Too Many Requests: this token asks too often; try again in " + std::to_string(retry_after_seconds) +
                    (retry_after_seconds == 1 ? " second" : " seconds"),
          .retry_after = retry_after_seconds};
}

ApiError unavailable(const std::string& code, const std::string& detail, int retry_after) {
  return {.status = 503, .code = code, .detail = "Service Unavailable: " + detail, .retry_after = retry_after};
}

}  // namespace jobsd
