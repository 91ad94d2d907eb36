// http/message.h - a request that was read whole, and the response to it.
#pragma once

#include <asio/awaitable.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace http {

// Field names compare without regard to case. Order and repetition are kept.
class Headers {
 public:
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  // Replaces every field of that name.
  void set(std::string_view name, std::string value);
  // The first field of that name.
  std::optional<std::string_view> find(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

struct Request {
  // Upper case, one of the methods the server accepts.
  std::string method = {};
  // Percent-decoded, without the query; always starts with "/".
  std::string path = {};
  // Percent-decoded, in order.
  std::vector<std::pair<std::string, std::string>> query = {};
  Headers headers = {};
  std::string body = {};
  // "127.0.0.1:54321"
  std::string peer = {};

  std::optional<std::string_view> query_value(std::string_view name) const;
};

// Produces a body piece by piece. An empty piece ends it. Called when the connection can take more.
using BodySource = std::function<asio::awaitable<std::string>()>;

struct Response {
  int status = 200;
  Headers headers = {};
  std::string body = {};
  // Set: sent chunked after `body`, which must be empty.
  BodySource stream = {};
};

// Answers one request. Runs on the server's io_context and must not block it. An exception becomes a bare 500.
using Handler = std::function<asio::awaitable<Response>(const Request&)>;

// "Not Found" for 404.
std::string_view reason_phrase(int status);

}  // namespace http
