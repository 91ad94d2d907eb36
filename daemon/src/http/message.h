// http/message.h - a request that was read whole, and the response to it.
#pragma once

#include <asio/awaitable.hpp>
#include <functional>
#include <memory>
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
  void remove(std::string_view name);
  // The first field of that name.
  std::optional<std::string_view> find(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }

  void reserve(std::size_t count) { fields_.reserve(count); }
  // Forgets the fields and keeps their memory.
  void clear() { fields_.clear(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// The other end of the connection, for an answer that waits. "Gone" means that it will send no more: it closed, reset, or was
// cut by the server's drain. A client that only closed its sending side looks the same, so what the handler returns is
// still sent; a handler that waits for something should return what it has.
// Thread safety: to be used on the server's event loop only.
class Client {
 public:
  virtual ~Client() = default;
  virtual bool gone() const = 0;
  // `notice` is called at most once, on the event loop and never inside this call; at once if the client is gone already.
  // It is dropped uncalled when the response has been sent. The connection is watched from the first call on: a handler that
  // does not wait pays nothing. A client that sends so many requests ahead that the read buffer is full is no longer watched.
  virtual void on_gone(std::function<void()> notice) = 0;
};

struct Request {
  // Upper case, one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS.
  std::string method = {};
  // Percent-decoded, without the query; always starts with "/". UTF-8 without control characters; an encoded slash is refused,
  // so every "/" here was one in the request.
  std::string path = {};
  // Percent-decoded, in order; "+" is a space. UTF-8 without NUL.
  std::vector<std::pair<std::string, std::string>> query = {};
  // Values are trimmed and hold no control characters but tabs; bytes above 127 are possible and need not be UTF-8.
  Headers headers = {};
  // Any bytes.
  std::string body = {};
  // "127.0.0.1:54321", or "unix".
  std::string peer = {};
  // What X-Request-Id of the answer says: the client's, when it sent a well-formed one. Empty where the server makes none.
  std::string id = {};
  // Empty only in a request that did not come from a server, in a test.
  std::shared_ptr<Client> client = {};

  std::optional<std::string_view> query_value(std::string_view name) const;
  // client->on_gone(), or nothing where there is no client.
  void on_gone(std::function<void()> notice) const;
};

// Produces a body piece by piece. An empty piece ends it. Called when the connection can take more, and not again once the
// connection is broken. An exception cuts the connection, so that the client does not take a part for the whole. A source that
// waits for something asks on_gone() to be woken.
using BodySource = std::function<asio::awaitable<std::string>()>;

// Content-Length, Transfer-Encoding and Date are the server's: fields of these names are dropped. "Connection: close" is obeyed.
struct Response {
  int status = 200;
  Headers headers = {};
  std::string body = {};
  // Set: sent chunked after `body`, which must be empty.
  BodySource stream = {};
};

// Answers one request. Runs on the server's io_context and must not block it. An exception becomes a bare 500.
// The request lives until the response has been sent, its stream included.
using Handler = std::function<asio::awaitable<Response>(const Request&)>;

// Makes the answer to what no handler answers: a request that cannot be read, a route that does not exist. `asked` are the fields
// of the request as far as they were read before it was refused; there need not be any.
using ErrorMaker = std::function<Response(int status, std::string_view detail, const Headers& asked)>;

// Text: "Not Found: " and the detail. What is used where no ErrorMaker is set.
Response plain_error(int status, std::string_view detail);

// "Not Found" for 404.
std::string_view reason_phrase(int status);

}  // namespace http
