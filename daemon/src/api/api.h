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
  // How the server writes, and `counts` counts, what it refuses by itself. `counts` must outlive it.
  static http::ErrorMaker error_maker(const ApiConfig& config, HttpCounts& counts);

  // Event streams that are open.
  int streams() const { return *service_->streams; }
  // From now on submissions and /readyz are answered 503.
  void drain() { service_->draining = true; }
  // Ends all held requests and streams, and tells queries to stop.
  void end_waits() {
    service_->watch.close();
    service_->queries.stop();
  }
  // Waits for the queries. Nothing may be asked afterwards.
  void join() { service_->queries.join(); }

 private:
  std::shared_ptr<Service> service_;
  http::Handler handler_;
};

}  // namespace jobsd
