// api/api.h - the HTTP API: every route behind authentication and one way to write errors.
//
// Thread safety: used on the event loop only; construct before the engine starts.
#pragma once

#include <memory>
#include <string_view>

#include "api/service.h"
#include "http/message.h"

namespace jobsd {

class Api {
 public:
  explicit Api(ServiceParts parts);

  http::Handler handler() const;
  // How the server writes what it refuses by itself.
  static http::ErrorMaker error_maker();

  // Event streams that are open.
  int streams() const { return *service_->streams; }
  // From now on submissions and /readyz are answered 503.
  void drain() { service_->draining = true; }
  // Ends all held requests and streams.
  void end_waits() { service_->watch.close(); }

 private:
  std::shared_ptr<Service> service_;
  http::Handler handler_;
};

}  // namespace jobsd
