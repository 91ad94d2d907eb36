// http/connection.h - one client: reads requests, has them answered in order, keeps its patience within limits.
//
//   accept -> [head] -> [body] -> handler -> write -> [head] -> ...
//                |         |                   |
//                +---------+----- refused -----+--> write, stop sending, drop what still comes, close
//
// One coroutine is the connection's life. What is cheap is done without suspending it: a response goes out with one gathered,
// non-blocking send, and only what the socket did not take is waited for.
// Deadlines: one timer and one due moment per connection. The moment moves with every request, the timer is only set again
// when it fires early or the moment moves before it; so a busy connection never touches the timer queue.
// Thread safety: none; everything happens on the event loop.
// Invariants:
//  1. Responses leave in the order of their requests: one request is in hand at a time.
//  2. Every wait for the client has a deadline. The wait for a handler has none: how long an answer takes is its own matter.
//  3. After a refusal no further request is read.
#pragma once

#include <array>
#include <asio/awaitable.hpp>
#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/generic/stream_protocol.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "http/message.h"
#include "http/parser.h"
#include "http/peer.h"
#include "http/request_id.h"
#include "http/response_head.h"
#include "http/server.h"

namespace http {

class Connection;

// Of any family: what differs between TCP and Unix sockets is settled when they are made.
using Socket = asio::generic::stream_protocol::socket;

// What the connections of one server share. It outlives each of them.
struct ServerState {
  asio::io_context& io;
  const ServerOptions options;
  const Handler handler;
  DateClock date = {};
  PeerLimit peers = PeerLimit(options.connections_per_address_max);
  RequestIds request_ids = {};
  bool draining = false;
  // In service, and those that are only told that there is no room.
  std::unordered_set<Connection*> serving = {};
  std::unordered_set<Connection*> refusing = {};
  // Called when a connection has left `serving`.
  std::function<void()> on_left = {};
};

class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<ServerState> server, Socket socket, std::string peer);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Serves until the client or the server ends it.
  void start(PeerLimit::Place place);
  // Answers 503 to whatever comes, and closes. `why` is a constant.
  void start_refusing(std::string_view why);

  // The server drains: ends at once if no request is in hand, else after its answer.
  void drain();
  // Ends now, whatever is going on.
  void cut();

  bool gone() const { return gone_; }
  void on_gone(std::function<void()> notice);

 private:
  // What requests hold of their connection: it may outlive the connection, and owns nothing of it.
  class Link;

  using Buffers = std::array<asio::const_buffer, 3>;
  using Moment = std::chrono::steady_clock::time_point;
  enum class Next { request, refusal, close };

  asio::awaitable<void> serve(std::shared_ptr<Connection> self);
  asio::awaitable<void> refuse_service(std::shared_ptr<Connection> self, std::string_view why);
  // Reads until a request is whole.
  asio::awaitable<Next> read_request();
  // False: the connection is to be closed.
  asio::awaitable<bool> answer();
  asio::awaitable<bool> send(Response& response, std::string_view id, bool keep_alive, bool head_only);
  asio::awaitable<bool> send_stream(BodySource& source, BodyFraming framing);
  // Says what went wrong with the request at hand, with its id.
  void tell(const std::exception_ptr& failure) const;
  // Gives the request at hand its id.
  void name_request();
  Response make_error(int status, std::string_view detail) const;
  asio::awaitable<bool> refuse(int status, std::string_view detail);
  // Lets the client read the last answer before the socket goes: closing over unread input would reset it.
  asio::awaitable<void> linger();

  enum class Sent { all, part, broken };
  // Sends what the socket takes now; `buffers` keeps the rest.
  Sent send_now(Buffers& buffers);
  // Waits until the socket has taken `buffers`. False: the connection is broken or the client too slow.
  asio::awaitable<bool> send_rest(Buffers& buffers);

  void set_deadline(std::chrono::milliseconds from_now);
  void clear_deadline() { deadline_ = Moment::max(); }
  void wait_for_deadline();

  void watch();
  void end_watch();
  void client_left();
  void leave();

  std::shared_ptr<ServerState> server_;
  PeerLimit::Place place_;
  Socket socket_;
  asio::steady_timer timer_;
  Parser parser_;
  std::shared_ptr<Link> link_;
  // Reused from answer to answer.
  std::string out_;

  Moment deadline_ = Moment::max();
  Moment timer_due_ = Moment::max();
  bool timer_set_ = false;
  bool expired_ = false;

  bool idle_ = false;
  bool answering_ = false;
  bool cut_ = false;
  // The client closed its sending side.
  bool at_end_ = false;
  bool gone_ = false;
  bool watching_ = false;
  unsigned watch_ = 0;
  std::vector<std::function<void()>> notices_;
};

}  // namespace http
