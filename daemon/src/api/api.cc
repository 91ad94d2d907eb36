#include "api/api.h"

#include <exception>
#include <utility>

#include "http/router.h"

namespace jobsd {
namespace {

using LogFault = std::function<void(std::string_view)>;

asio::awaitable<http::Response> serve(std::shared_ptr<Service> service, const Route& route,
                                      const http::Request& request, const http::PathValues& path,
                                      const LogFault& log_fault) {
  http::Response response;
  std::exception_ptr thrown;
  std::optional<RateLimit::Verdict> rate;
  try {
    Call call{.request = request};
    if (route.path.find("{id}") != std::string_view::npos) call.id = path.at("id");
    if (route.access == Route::Access::token) {
      call.principal = authenticate(*service, request);
      if (service->rate_limit) {
        rate = service->rate_limit->take(call.principal.token, service->parts.now());
        if (!rate->allowed) throw rate_limited(seconds_rounded_up(rate->next_in));
      }
    }
    response = co_await route.serve(*service, call);
  } catch (...) {
    thrown = std::current_exception();
  }
  if (thrown) {
    std::string fault;
    response = wire::error(thrown, &fault);
    if (!fault.empty()) log_fault(std::string(route.method) + " " + std::string(route.path) + ": " + fault);
  }
  if (rate) service->rate_limit->describe(*rate, response);
  co_return response;
}

}  // namespace

Api::Api(ServiceParts parts, std::function<void(std::string_view fault)> log_fault)
    : service_(std::make_shared<Service>(std::move(parts))) {
  http::Router router(error_maker());
  for (const Route& route : routes()) {
    router.add(route.method, route.path,
               [service = service_, &route, log_fault](const http::Request& request, const http::PathValues& path) {
                 return serve(service, route, request, path, log_fault);
               });
  }
  handler_ = router.handler();
}

http::Handler Api::handler() const { return handler_; }

http::ErrorMaker Api::error_maker() {
  return [](int status, std::string_view detail) { return wire::error(status, detail); };
}

}  // namespace jobsd
