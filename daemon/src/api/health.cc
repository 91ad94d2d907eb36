// GET /healthz, /readyz and /api/openapi.yaml: what is asked without a token.
#include <nlohmann/json.hpp>

#include "api/routes.h"
#include "embedded/openapi.h"

namespace jobsd {

asio::awaitable<http::Response> healthz(Service&, const Call&) { co_return wire::json(200, {{"status", "ok"}}); }

asio::awaitable<http::Response> readyz(Service& service, const Call&) {
  constexpr int retry_after_seconds = 5;
  if (service.draining) throw unavailable("draining", "The server is stopping.", retry_after_seconds);
  if (!service.parts.engine.writable()) {
    throw unavailable("store_unavailable", "The store cannot be written. Restart the server and look at its log.",
                      retry_after_seconds);
  }
  co_return wire::json(200, {{"status", "ready"}, {"models", service.parts.models.size()}});
}

asio::awaitable<http::Response> openapi(Service&, const Call&) {
  http::Response response;
  response.headers.add("Content-Type", "application/yaml");
  response.body = embedded::openapi.front().text;
  co_return response;
}

}  // namespace jobsd
