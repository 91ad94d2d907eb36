#include "http/connection.h"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <charconv>
#include <exception>
#include <utility>

#include "http/characters.h"

namespace http {
namespace {

// A body up to this size is copied behind its head; a larger one is sent from where it is.
constexpr std::size_t copied_body_max = 8 * 1024;
// Pieces of a stream that a fast client takes without a pause before others get their turn.
constexpr int pieces_per_turn = 16;
// What a client may still send after the last answer before the connection is cut.
constexpr std::size_t lingering_bytes_max = 1024 * 1024;
// The output buffer is kept between answers up to this size.
constexpr std::size_t out_kept_max = 64 * 1024;

constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::string_view line_break = "\r\n";
constexpr std::string_view last_chunk = "0\r\n\r\n";

std::string_view what(const std::exception_ptr& error) noexcept {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "not a std::exception";
  }
}

ParserLimits limits_of(const ServerOptions& options) {
  return {.header_bytes_max = options.header_bytes_max,
          .target_bytes_max = options.target_bytes_max,
          .body_bytes_max = options.body_bytes_max,
          .headers_max = options.headers_max};
}

bool asks_to_close(const Response& response) {
  bool close = false;
  for (const auto& [name, value] : response.headers.all()) {
    if (!characters::same_word(name, "connection")) continue;
    characters::each_element(value, [&close](std::string_view option) {
      close = close || characters::same_word(option, "close");
      return !close;
    });
  }
  return close;
}

}  // namespace

class Connection::Link final : public Client {
 public:
  explicit Link(Connection* connection) : connection_(connection) {}
  bool gone() const override { return connection_ == nullptr || connection_->gone(); }
  void on_gone(std::function<void()> notice) override {
    if (connection_ != nullptr) connection_->on_gone(std::move(notice));
  }
  void connection_ended() { connection_ = nullptr; }

 private:
  Connection* connection_;
};

Connection::Connection(std::shared_ptr<ServerState> server, Socket socket, std::string peer)
    : server_(std::move(server)), socket_(std::move(socket)), timer_(server_->io), parser_(limits_of(server_->options)) {
  std::error_code ignored;
  socket_.non_blocking(true, ignored);
  parser_.request().peer = std::move(peer);
}

// Nothing is left to do here unless the event loop itself was destroyed under a suspended coroutine.
Connection::~Connection() {
  if (link_) link_->connection_ended();
  server_->serving.erase(this);
  server_->refusing.erase(this);
}

void Connection::start(PeerLimit::Place place) {
  place_ = std::move(place);
  server_->serving.insert(this);
  asio::co_spawn(server_->io, serve(shared_from_this()), asio::detached);
}

void Connection::start_refusing(std::string_view why) {
  server_->refusing.insert(this);
  asio::co_spawn(server_->io, refuse_service(shared_from_this(), why), asio::detached);
}

void Connection::drain() {
  if (!idle_) return;
  std::error_code ignored;
  socket_.cancel(ignored);
}

void Connection::cut() {
  cut_ = true;
  std::error_code ignored;
  socket_.close(ignored);
  timer_.cancel();
  client_left();
}

void Connection::leave() {
  place_ = {};
  if (server_->refusing.erase(this) > 0) return;
  if (server_->serving.erase(this) > 0 && server_->on_left) server_->on_left();
}

// ---- The connection's life ----

asio::awaitable<void> Connection::serve([[maybe_unused]] std::shared_ptr<Connection> self) {
  // The coroutine's exceptions (memory, a handler's own error maker) end this connection and no other.
  try {
    link_ = std::make_shared<Link>(this);
    parser_.request().client = link_;
    while (!cut_) {
      const auto next = co_await read_request();
      if (next == Next::close) break;
      if (next == Next::refusal) {
        if (co_await refuse(parser_.refusal().status, parser_.refusal().detail)) co_await linger();
        break;
      }
      name_request();
      if (!co_await answer()) break;
      parser_.next();
    }
  } catch (...) {
    if (server_->options.on_failure) server_->options.on_failure(what(std::current_exception()));
  }
  end_watch();
  notices_.clear();
  std::error_code ignored;
  timer_.cancel();
  socket_.close(ignored);
  leave();
}

asio::awaitable<void> Connection::refuse_service([[maybe_unused]] std::shared_ptr<Connection> self, std::string_view why) {
  try {
    if (co_await refuse(503, why)) co_await linger();
  } catch (...) {
    if (server_->options.on_failure) server_->options.on_failure(what(std::current_exception()));
  }
  std::error_code ignored;
  timer_.cancel();
  socket_.close(ignored);
  leave();
}

asio::awaitable<Connection::Next> Connection::read_request() {
  enum class Waiting { nothing, idle, head, body } waiting = Waiting::nothing;
  while (true) {
    auto progress = parser_.parse();
    if (progress == Progress::complete) {
      clear_deadline();
      co_return Next::request;
    }
    if (progress == Progress::refused) co_return Next::refusal;
    if (progress == Progress::need_continue) {
      Buffers line = {asio::buffer(continue_line), {}, {}};
      const auto sent = send_now(line);
      if (sent == Sent::broken || (sent == Sent::part && !co_await send_rest(line))) co_return Next::close;
      progress = parser_.parse();
      waiting = Waiting::nothing;
    }

    const auto now_waiting = progress == Progress::need_body ? Waiting::body
                             : parser_.started()             ? Waiting::head
                                                             : Waiting::idle;
    if (now_waiting != waiting) {
      waiting = now_waiting;
      const auto& options = server_->options;
      set_deadline(waiting == Waiting::idle ? options.idle_time
                   : waiting == Waiting::head ? options.header_time
                                              : options.body_time);
    }
    if (waiting == Waiting::idle && server_->draining) co_return Next::close;

    std::error_code error;
    std::size_t got = 0;
    if (!at_end_ && !expired_) {
      const auto space = parser_.space();
      idle_ = waiting == Waiting::idle;
      got = co_await socket_.async_read_some(asio::buffer(space.data(), space.size()),
                                             asio::redirect_error(asio::use_awaitable, error));
      idle_ = false;
    }
    if (cut_) co_return Next::close;
    if (got > 0) {
      parser_.received(got);
      continue;
    }
    if (expired_) {
      if (waiting == Waiting::idle) co_return Next::close;
      const auto detail = waiting == Waiting::head ? "the header did not arrive in time" : "the body did not arrive in time";
      if (co_await refuse(408, detail)) co_await linger();
      co_return Next::close;
    }
    if (error == asio::error::eof) at_end_ = true;
    if (at_end_) {
      // The client may only have closed its sending side; what it began it still gets an answer to.
      if (waiting != Waiting::idle) co_await refuse(400, "the request ends too early");
      co_return Next::close;
    }
    if (error == asio::error::operation_aborted) continue;  // Drained, or an old deadline: look again.
    if (error) co_return Next::close;
  }
}

asio::awaitable<bool> Connection::answer() {
  Response response;
  std::exception_ptr failure;
  if (parser_.asterisk()) {
    response.status = 204;
    response.headers.add("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  } else {
    answering_ = true;
    try {
      response = co_await server_->handler(parser_.request());
    } catch (...) {
      failure = std::current_exception();
    }
  }
  if (cut_) co_return false;
  if (!failure) {
    if (const auto problem = refuse_response(response); !problem.empty()) {
      failure = std::make_exception_ptr(std::logic_error(std::string(problem)));
    }
  }
  if (failure) {
    tell(failure);
    response = make_error(500, "");
  }
  const bool keep_alive = parser_.keep_alive() && !server_->draining && !asks_to_close(response);
  const bool sent = co_await send(response, parser_.request().id, keep_alive, parser_.request().method == "HEAD");
  answering_ = false;
  end_watch();
  notices_.clear();
  if (!sent || cut_) co_return false;
  if (keep_alive) co_return true;
  co_await linger();
  co_return false;
}

void Connection::tell(const std::exception_ptr& failure) const {
  if (!server_->options.on_failure) return;
  const auto& id = parser_.request().id;
  server_->options.on_failure((id.empty() ? "" : "request=" + id + " ") + std::string(what(failure)));
}

void Connection::name_request() {
  if (!server_->options.request_ids) return;
  auto& request = parser_.request();
  const auto given = request.headers.find("X-Request-Id");
  request.id = given && is_request_id(*given) ? std::string(*given) : server_->request_ids.next();
}

Response Connection::make_error(int status, std::string_view detail) const {
  const auto& maker = server_->options.make_error;
  auto response = maker ? maker(status, detail, parser_.fields()) : plain_error(status, detail);
  if (status == 503 && !response.headers.find("Retry-After")) response.headers.add("Retry-After", "1");
  if (!refuse_response(response).empty() || response.stream) response = plain_error(status, detail);
  return response;
}

asio::awaitable<bool> Connection::refuse(int status, std::string_view detail) {
  auto response = make_error(status, detail);
  // Its head, and an id in it, may not have been read.
  const std::string id = server_->options.request_ids ? server_->request_ids.next() : std::string();
  co_return co_await send(response, id, false, false);
}

// ---- Writing ----

asio::awaitable<bool> Connection::send(Response& response, std::string_view id, bool keep_alive, bool head_only) {
  auto framing = BodyFraming::length;
  if (response.status == 204 || response.status == 304) {
    framing = BodyFraming::none;
    head_only = true;
  } else if (response.stream) {
    framing = parser_.speaks_chunked() ? BodyFraming::chunked : BodyFraming::close;
    keep_alive = keep_alive && framing == BodyFraming::chunked;
  }
  out_.clear();
  append_head(out_, response, {.framing = framing,
                               .date = server_->date.now(),
                               .request_id = id,
                               .keep_alive = keep_alive,
                               .is_http_1_1 = parser_.speaks_chunked()});

  Buffers buffers = {};
  if (!head_only && !response.stream) {
    if (response.body.size() <= copied_body_max) {
      out_ += response.body;
    } else {
      buffers[1] = asio::buffer(response.body);
    }
  }
  buffers[0] = asio::buffer(out_);
  const auto sent = send_now(buffers);
  if (sent == Sent::broken) co_return false;
  if (sent == Sent::part && !co_await send_rest(buffers)) co_return false;
  if (head_only || !response.stream) co_return true;
  const bool whole = co_await send_stream(response.stream, framing);
  if (out_.capacity() > out_kept_max) out_ = {};
  // A stream that ends with the connection is followed by nothing; answer() has been told to keep it only for chunked ones.
  co_return whole && framing == BodyFraming::chunked;
}

asio::awaitable<bool> Connection::send_stream(BodySource& source, BodyFraming framing) {
  for (int turn = 1;; ++turn) {
    std::string piece;
    std::exception_ptr failure;
    try {
      piece = co_await source();
    } catch (...) {
      failure = std::current_exception();
    }
    if (cut_) co_return false;
    if (failure) {
      tell(failure);
      co_return false;
    }
    const bool last = piece.empty();
    Buffers buffers = {};
    if (framing == BodyFraming::close) {
      if (last) co_return true;
      buffers[0] = asio::buffer(piece);
    } else if (last) {
      buffers[0] = asio::buffer(last_chunk);
    } else {
      char digits[16];
      const auto end = std::to_chars(std::begin(digits), std::end(digits), piece.size(), 16).ptr;
      out_.assign(std::begin(digits), end);
      out_ += line_break;
      buffers = {asio::buffer(out_), asio::buffer(piece), asio::buffer(line_break)};
    }
    const auto sent = send_now(buffers);
    if (sent == Sent::broken) co_return false;
    if (sent == Sent::part && !co_await send_rest(buffers)) co_return false;
    if (last) co_return true;
    if (turn % pieces_per_turn == 0) co_await asio::post(server_->io, asio::use_awaitable);
  }
}

Connection::Sent Connection::send_now(Buffers& buffers) {
  std::error_code error;
  std::size_t sent = socket_.write_some(buffers, error);
  if (error && error != asio::error::would_block && error != asio::error::try_again) return Sent::broken;
  bool all = true;
  for (auto& buffer : buffers) {
    const std::size_t of_this = std::min(sent, buffer.size());
    buffer += of_this;
    sent -= of_this;
    all = all && buffer.size() == 0;
  }
  return all ? Sent::all : Sent::part;
}

asio::awaitable<bool> Connection::send_rest(Buffers& buffers) {
  std::error_code error;
  set_deadline(server_->options.write_time);
  co_await asio::async_write(socket_, buffers, asio::redirect_error(asio::use_awaitable, error));
  clear_deadline();
  co_return !error && !cut_;
}

asio::awaitable<void> Connection::linger() {
  std::error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  if (error || at_end_) co_return;
  set_deadline(server_->options.linger_time);
  std::array<char, 2048> dropped;
  std::size_t total = 0;
  while (!expired_ && !cut_ && total < lingering_bytes_max) {
    const auto got = co_await socket_.async_read_some(asio::buffer(dropped), asio::redirect_error(asio::use_awaitable, error));
    total += got;
    if (error && !(error == asio::error::operation_aborted && !expired_)) co_return;
  }
}

// ---- Deadlines ----

void Connection::set_deadline(std::chrono::milliseconds from_now) {
  expired_ = false;
  deadline_ = std::chrono::steady_clock::now() + from_now;
  if (!timer_set_ || deadline_ < timer_due_) wait_for_deadline();
}

void Connection::wait_for_deadline() {
  timer_set_ = true;
  timer_due_ = deadline_;
  timer_.expires_at(deadline_);
  timer_.async_wait([self = shared_from_this()](std::error_code error) {
    if (error || self->cut_) return;
    self->timer_set_ = false;
    if (self->deadline_ == Moment::max()) return;
    if (std::chrono::steady_clock::now() < self->deadline_) {
      self->wait_for_deadline();
      return;
    }
    self->expired_ = true;
    std::error_code ignored;
    self->socket_.cancel(ignored);
  });
}

// ---- The client's end, noticed while it waits for its answer ----

void Connection::on_gone(std::function<void()> notice) {
  if (!answering_) return;
  notices_.push_back(std::move(notice));
  if (gone_) {
    asio::post(server_->io, [self = shared_from_this()] {
      if (self->answering_) self->client_left();
    });
  } else if (!watching_) {
    watch();
  }
}

void Connection::watch() {
  watching_ = true;
  socket_.async_wait(Socket::wait_read, [self = shared_from_this(), watch = watch_](std::error_code error) {
    if (watch != self->watch_ || !self->watching_) return;  // The answer has been sent meanwhile.
    self->watching_ = false;
    if (self->cut_) return;
    if (!error) {
      const auto space = self->parser_.space();
      if (space.empty()) return;
      const auto got = self->socket_.read_some(asio::buffer(space.data(), space.size()), error);
      // Requests sent ahead stay in the parser until this one is answered.
      self->parser_.received(got);
    }
    if (!error || error == asio::error::would_block || error == asio::error::try_again ||
        error == asio::error::operation_aborted) {
      self->watch();
      return;
    }
    self->at_end_ = true;
    self->client_left();
  });
}

void Connection::end_watch() {
  ++watch_;
  if (!watching_) return;
  watching_ = false;
  std::error_code ignored;
  socket_.cancel(ignored);
}

void Connection::client_left() {
  gone_ = true;
  auto notices = std::move(notices_);
  notices_.clear();
  for (auto& notice : notices) notice();
}

}  // namespace http
