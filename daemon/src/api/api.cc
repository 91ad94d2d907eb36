#include "api/api.h"

#include <chrono>
#include <exception>
#include <utility>

#include "api/cors.h"
#include "api/trace.h"
#include "http/gzip.h"
#include "http/router.h"

namespace jobsd {
namespace {

constexpr std::size_t logged_path_bytes_max = 200;

asio::awaitable<http::Response> serve(std::shared_ptr<Service> service, const Route& route,
                                      const http::Request& request, const http::PathValues& path) {
  http::Response response;
  std::exception_ptr thrown;
  std::optional<RateLimit::Verdict> rate;
  const auto since = std::chrono::steady_clock::now();
  try {
    Call call{.request = request};
    if (route.path.find("{id}") != std::string_view::npos) call.id = path.at("id");
    if (route.path.find("{name}") != std::string_view::npos) call.name = path.at("name");
    if (route.access == Route::Access::token) {
      call.principal = authenticate(*service, request);
      if (service->rate_limit) {
        rate = service->rate_limit->take(call.principal.token, service->parts.now());
        if (!rate->allowed) throw rate_limited(seconds_rounded_up(rate->next_in));
      }
    }
    if (route.access == Route::Access::operators) check_operator(*service, request);
    response = co_await route.serve(*service, call);
  } catch (...) {
    thrown = std::current_exception();
  }
  if (thrown) {
    std::string fault;
    response = wire::error(thrown, &fault);
    // What a 500 or 503 does not tell the client.
    if (!fault.empty()) {
      service->parts.log(jobs::LogLevel::error, log_prefix(request) + " " + std::string(route.method) + " " +
                                                    std::string(route.path) + ": " + fault);
    }
  }
  http::compress(request, response);
  if (rate) service->rate_limit->describe(*rate, response);
  service->parts.requests.count({route.method, route.path}, response.status, std::chrono::steady_clock::now() - since);
  co_return response;
}

// The query is left out: what a client puts there by mistake may be a secret.
void log_request(const Service& service, const http::Request& request, const http::Response& response,
                 std::chrono::steady_clock::time_point since) {
  const auto took = std::chrono::floor<std::chrono::milliseconds>(std::chrono::steady_clock::now() - since);
  service.parts.log(jobs::LogLevel::info, log_prefix(request) + " " + request.method + " " +
                                              request.path.substr(0, logged_path_bytes_max) + " " +
                                              std::to_string(response.status) + " " + std::to_string(took.count()) +
                                              " ms client=" + request.peer);
}

// What is added to every answer, whichever route gave it.
asio::awaitable<http::Response> answer(std::shared_ptr<Service> service, const http::Handler& routed, const Cors& cors,
                                       const http::Request& request) {
  const auto since = std::chrono::steady_clock::now();
  auto response = co_await routed(request);
  cors.describe(request, response);
  if (service->parts.config.log.requests) log_request(*service, request, response, since);
  co_return response;
}

}  // namespace

Api::Api(ServiceParts parts)
    : service_(std::make_shared<Service>(std::move(parts))) {
  http::Router router([service = service_](int status, std::string_view detail, const http::Headers&) {
    service->parts.requests.count_refused(status);
    return wire::error(status, detail);
  });
  for (const Route& route : routes()) {
    router.add(route.method, route.path,
               [service = service_, &route](const http::Request& request, const http::PathValues& path) {
                 return serve(service, route, request, path);
               });
  }
  handler_ = router.handler();
  const Config& config = service_->parts.config;
  if (config.api.cors_origins.empty() && !config.log.requests) return;
  handler_ = [service = service_, routed = std::move(handler_), cors = std::make_shared<const Cors>(config.api.cors_origins)](
                 const http::Request& request) { return answer(service, routed, *cors, request); };
}

http::Handler Api::handler() const { return handler_; }

http::ErrorMaker Api::error_maker(const ApiConfig& config, HttpCounts& counts) {
  return [cors = std::make_shared<const Cors>(config.cors_origins), &counts](int status, std::string_view detail,
                                                                             const http::Headers& asked) {
    counts.count_refused(status);
    auto response = wire::error(status, detail);
    cors->describe(asked, response);
    return response;
  };
}

}  // namespace jobsd
