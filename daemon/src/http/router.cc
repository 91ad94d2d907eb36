#include "http/router.h"

#include <algorithm>
#include <stdexcept>

#include "http/characters.h"

namespace http {
namespace {

struct Segment {
  std::string text;
  bool named = false;
  bool operator==(const Segment&) const = default;
};

struct Route {
  std::string method;
  std::string pattern;
  std::vector<Segment> segments;
  RouteHandler handler;
};

template <typename Take>
void each_segment(std::string_view path, Take take) {
  path.remove_prefix(1);
  while (true) {
    const auto slash = path.find('/');
    if (!take(path.substr(0, slash)) || slash == std::string_view::npos) return;
    path.remove_prefix(slash + 1);
  }
}

std::vector<Segment> parse_pattern(std::string_view pattern) {
  const auto fail = [pattern](const char* why) {
    throw std::invalid_argument("route pattern \"" + std::string(pattern) + "\": " + why);
  };
  if (!pattern.starts_with('/')) fail("must start with \"/\"");
  std::vector<Segment> out;
  each_segment(pattern, [&](std::string_view text) {
    const bool named = text.size() > 2 && text.front() == '{' && text.back() == '}';
    if (named) text = text.substr(1, text.size() - 2);
    if (text.find_first_of("{}") != std::string_view::npos) fail("a \"{name}\" must be a whole segment");
    const Segment segment{.text = std::string(text), .named = named};
    if (named && std::find(out.begin(), out.end(), segment) != out.end()) fail("a name occurs twice");
    out.push_back(segment);
    return true;
  });
  return out;
}

bool matches(const std::vector<Segment>& pattern, std::string_view path) {
  std::size_t i = 0;
  bool same = true;
  each_segment(path, [&](std::string_view text) {
    same = i < pattern.size() && (pattern[i].named ? !text.empty() : pattern[i].text == text);
    ++i;
    return same;
  });
  return same && i == pattern.size();
}

// Whether `a` is the better match: at the first difference it has the literal segment.
bool more_literal(const std::vector<Segment>& a, const std::vector<Segment>& b) {
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (a[i].named != b[i].named) return !a[i].named;
  }
  return false;
}

// Two patterns are one if they match the same paths: names do not count.
bool same_shape(const std::vector<Segment>& a, const std::vector<Segment>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Segment& x, const Segment& y) { return x.named == y.named && (x.named || x.text == y.text); });
}

PathValues values_of(const std::vector<Segment>& pattern, std::string_view path) {
  PathValues out;
  std::size_t i = 0;
  each_segment(path, [&](std::string_view text) {
    if (pattern[i].named) out.add(pattern[i].text, std::string(text));
    return ++i < pattern.size();
  });
  return out;
}

}  // namespace

struct Router::Table {
  ErrorMaker make_error;
  std::vector<Route> routes;

  // The routes of the best matching pattern, one per method.
  std::vector<const Route*> find(std::string_view path) const {
    std::vector<const Route*> out;
    for (const auto& route : routes) {
      if (!matches(route.segments, path)) continue;
      if (!out.empty() && more_literal(out.front()->segments, route.segments)) continue;
      if (!out.empty() && more_literal(route.segments, out.front()->segments)) out.clear();
      out.push_back(&route);
    }
    return out;
  }

  Response error(int status, std::string_view detail, const Request& request) const {
    return make_error ? make_error(status, detail, request.headers) : plain_error(status, detail);
  }

  asio::awaitable<Response> answer(const Request& request) const {
    const auto found = find(request.path);
    if (found.empty()) co_return error(404, "no such path", request);
    const auto of_method = [&](std::string_view method) {
      const auto it = std::find_if(found.begin(), found.end(), [&](const Route* route) { return route->method == method; });
      return it == found.end() ? nullptr : *it;
    };
    const Route* route = of_method(request.method);
    if (route == nullptr && request.method == "HEAD") route = of_method("GET");
    if (route == nullptr) {
      std::string allow;
      for (const auto* other : found) {
        allow += other->method + ", ";
        if (other->method == "GET" && of_method("HEAD") == nullptr) allow += "HEAD, ";
      }
      if (of_method("OPTIONS") == nullptr) allow += "OPTIONS, ";
      allow.resize(allow.size() - 2);
      Response response{.status = 204};
      if (request.method != "OPTIONS") response = error(405, "the path does not take this method", request);
      response.headers.set("Allow", std::move(allow));
      co_return response;
    }
    const auto values = values_of(route->segments, request.path);
    co_return co_await route->handler(request, values);
  }
};

const std::string& PathValues::at(std::string_view name) const {
  for (const auto& [key, value] : values_) {
    if (key == name) return value;
  }
  throw std::invalid_argument("the route has no {" + std::string(name) + "}");
}

Router::Router(ErrorMaker make_error) : table_(std::make_shared<Table>()) { table_->make_error = std::move(make_error); }

void Router::add(std::string_view method, std::string_view pattern, RouteHandler handler) {
  auto segments = parse_pattern(pattern);
  for (const auto& route : table_->routes) {
    if (route.method == method && same_shape(route.segments, segments)) {
      throw std::invalid_argument("route \"" + std::string(method) + " " + std::string(pattern) + "\" is there already");
    }
  }
  table_->routes.push_back({std::string(method), std::string(pattern), std::move(segments), std::move(handler)});
}

std::vector<std::pair<std::string, std::string>> Router::routes() const {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& route : table_->routes) out.emplace_back(route.method, route.pattern);
  return out;
}

asio::awaitable<Response> Router::route(const Request& request) const { return table_->answer(request); }

Handler Router::handler() const {
  return [table = table_](const Request& request) { return table->answer(request); };
}

}  // namespace http
