// http/router.h - which handler answers a method and a path.
//
//   http::Router router(make_error);
//   router.add("GET", "/api/v1/ai/jobs/{id}", [](const http::Request& request, const http::PathValues& path) {...});
//   http::Server server(io, options, router.handler());
//
// A pattern's "{name}" matches one whole, non-empty segment. A literal segment is preferred to a "{name}". HEAD is answered by GET where
// it has no route of its own, OPTIONS by the list of methods, an unknown path by 404, another method by 405 with Allow.
// Thread safety: build first, then route from any thread.
#pragma once

#include <asio/awaitable.hpp>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message.h"

namespace http {

// What a pattern's names matched.
class PathValues {
 public:
  // Throws std::invalid_argument for a name that the pattern does not have: a programmer's mistake.
  const std::string& at(std::string_view name) const;
  void add(std::string name, std::string value) { values_.emplace_back(std::move(name), std::move(value)); }

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

// The request lives until the response has been sent, its stream included; the path values until the handler has returned.
using RouteHandler = std::function<asio::awaitable<Response>(const Request&, const PathValues&)>;

class Router {
 public:
  // Empty: plain text errors.
  explicit Router(ErrorMaker make_error = {});

  // Throws std::invalid_argument for a malformed pattern or a method and pattern that are there already.
  void add(std::string_view method, std::string_view pattern, RouteHandler handler);

  // Every route as (method, pattern), in the order they were added.
  std::vector<std::pair<std::string, std::string>> routes() const;

  asio::awaitable<Response> route(const Request& request) const;
  // route() as a Handler, which shares ownership of the routes: the router itself may go.
  Handler handler() const;

 private:
  struct Table;
  std::shared_ptr<Table> table_;
};

}  // namespace http
