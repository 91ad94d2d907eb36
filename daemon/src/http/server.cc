#include "http/server.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/basic_socket_acceptor.hpp>
#include <asio/generic/stream_protocol.hpp>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "http/connection.h"

namespace http {
namespace {

using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

// How many clients at a time are told that there is no room; beyond it a connection is just closed.
constexpr std::size_t refusing_max = 64;
// How long accepting rests when the system has no memory or descriptors for a connection, or another trouble of its own.
constexpr std::chrono::milliseconds accept_rest(50);

// A descriptor held back. When the process has none left, giving it up lets one waiting client be accepted and closed, so that
// it fails at once instead of waiting in the queue until something else ends.
class SpareDescriptor {
 public:
  SpareDescriptor() { take(); }
  ~SpareDescriptor() { release(); }
  SpareDescriptor(const SpareDescriptor&) = delete;
  SpareDescriptor& operator=(const SpareDescriptor&) = delete;

  void take() {
    if (fd_ < 0) fd_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  }
  void release() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_ = -1;
};

// By number: Asio's own error category does not map these to std::errc.
bool lacks_descriptors(const std::error_code& error) { return error.value() == EMFILE || error.value() == ENFILE; }

// Port 0 for a Unix socket.
asio::ip::tcp::endpoint local_endpoint(Acceptor& acceptor) {
  const auto local = acceptor.local_endpoint();
  asio::ip::tcp::endpoint out;
  const auto family = local.data()->sa_family;
  if ((family != AF_INET && family != AF_INET6) || local.size() > out.capacity()) return out;
  std::memcpy(out.data(), local.data(), local.size());
  return out;
}

// Where clients are accepted.
struct Listener {
  Listener(Acceptor accepting, std::filesystem::path bound)
      : acceptor(std::move(accepting)), rest(acceptor.get_executor()), path(std::move(bound)) {}
  Acceptor acceptor;
  asio::steady_timer rest;
  // Of a Unix socket that is to be removed.
  std::filesystem::path path;
};

// Removes what a process that ended has left at `path`.
void make_room_for(asio::io_context& io, const std::filesystem::path& path, const asio::local::stream_protocol::endpoint& endpoint) {
  const auto there = std::filesystem::symlink_status(path);
  if (!std::filesystem::exists(there)) return;
  if (!std::filesystem::is_socket(there)) throw std::runtime_error(path.string() + ": is no socket; move it away or choose another path");
  asio::local::stream_protocol::socket probe(io);
  std::error_code error;
  probe.connect(endpoint, error);
  if (!error) throw std::runtime_error(path.string() + ": another process listens there");
  if (error != asio::error::connection_refused) throw std::system_error(error, path.string());
  std::filesystem::remove(path);
}

}  // namespace

struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
  Impl(asio::io_context& io, ServerOptions options, Handler handler)
      : state(std::make_shared<ServerState>(ServerState{.io = io, .options = std::move(options), .handler = std::move(handler)})),
        drain_limit(io) {}

  void accept_from(Acceptor acceptor, std::filesystem::path path = {});
  asio::awaitable<void> accept_all(std::shared_ptr<Impl> self, std::shared_ptr<Listener> listener);
  void admit(Socket socket, const Peer& peer);
  void shed_one(Acceptor& acceptor);
  void stop_accepting();
  void drain(std::chrono::milliseconds limit, std::function<void()> done);
  void drained();
  void cut_all();

  std::shared_ptr<ServerState> state;
  // Empty: clients speak plain HTTP.
  TlsContext tls;
  std::vector<std::shared_ptr<Listener>> listeners;
  asio::steady_timer drain_limit;
  SpareDescriptor spare;
  asio::ip::tcp::endpoint endpoint;
  std::vector<std::function<void()>> on_drained;
};

void Server::Impl::accept_from(Acceptor acceptor, std::filesystem::path path) {
  if (endpoint.port() == 0) endpoint = local_endpoint(acceptor);
  const auto listener = listeners.emplace_back(std::make_shared<Listener>(std::move(acceptor), std::move(path)));
  asio::co_spawn(state->io, accept_all(shared_from_this(), listener), asio::detached);
}

asio::awaitable<void> Server::Impl::accept_all([[maybe_unused]] std::shared_ptr<Impl> self, std::shared_ptr<Listener> listener) {
  auto& acceptor = listener->acceptor;
  while (acceptor.is_open()) {
    std::error_code error;
    Acceptor::endpoint_type from;
    auto socket = co_await acceptor.async_accept(from, asio::redirect_error(asio::use_awaitable, error));
    if (!acceptor.is_open()) break;
    if (!error) {
      admit(std::move(socket), peer_of(from.data()));
      continue;
    }
    // A client that left before it was accepted is no error here: Asio passes over it. What is left may last, and must not
    // become a busy loop.
    if (lacks_descriptors(error)) shed_one(acceptor);
    listener->rest.expires_after(accept_rest);
    co_await listener->rest.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
}

void Server::Impl::admit(Socket socket, const Peer& peer) {
  const bool room = state->serving.size() < static_cast<std::size_t>(state->options.connections_max);
  auto place = room ? state->peers.take(peer) : std::nullopt;
  if (!place && state->refusing.size() >= refusing_max) return;
  // Without memory for one client the socket closes; accepting goes on.
  try {
    if (tls && !peer.network.empty()) {
      socket = relay_tls(state->io, tls, std::move(socket),
                         {.handshake = state->options.header_time,
                          .write = state->options.write_time,
                          .linger = state->options.linger_time});
    }
    auto connection = std::make_shared<Connection>(state, std::move(socket), peer.text);
    if (place) {
      connection->start(std::move(*place));
    } else {
      connection->start_refusing(room ? "too many connections from your address; close some"
                                      : "too many connections; try again in a moment");
    }
  } catch (const std::exception& error) {
    if (state->options.on_failure) state->options.on_failure(error.what());
  }
}

void Server::Impl::shed_one(Acceptor& acceptor) {
  spare.release();
  std::error_code error;
  acceptor.non_blocking(true, error);
  Socket victim(state->io);
  acceptor.accept(victim, error);
  victim.close(error);
  spare.take();
}

void Server::Impl::stop_accepting() {
  std::error_code ignored;
  for (const auto& listener : listeners) {
    listener->acceptor.close(ignored);
    listener->rest.cancel();
    if (!listener->path.empty()) std::filesystem::remove(listener->path, ignored);
  }
  listeners.clear();
}

void Server::Impl::drain(std::chrono::milliseconds limit, std::function<void()> done) {
  if (done) on_drained.push_back(std::move(done));
  stop_accepting();
  state->draining = true;
  state->on_left = [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self && self->state->serving.empty()) self->drained();
  };
  for (auto* connection : std::vector<Connection*>(state->serving.begin(), state->serving.end())) connection->drain();
  if (state->serving.empty()) {
    drained();
    return;
  }
  drain_limit.expires_after(limit);
  drain_limit.async_wait([self = shared_from_this()](std::error_code error) {
    if (error) return;
    self->cut_all();
    self->drained();
  });
}

void Server::Impl::drained() {
  drain_limit.cancel();
  // The callers may be deep inside a connection that is ending; the owner may destroy the server in `done`.
  for (auto& done : on_drained) asio::post(state->io, std::move(done));
  on_drained.clear();
}

void Server::Impl::cut_all() {
  std::vector<std::shared_ptr<Connection>> all;
  for (const auto* set : {&state->serving, &state->refusing}) {
    for (auto* connection : *set) all.push_back(connection->shared_from_this());
  }
  for (const auto& connection : all) connection->cut();
}

Server::Server(asio::io_context& io, ServerOptions options, Handler handler)
    : impl_(std::make_shared<Impl>(io, std::move(options), std::move(handler))) {}

Server::~Server() {
  impl_->stop_accepting();
  impl_->drain_limit.cancel();
  impl_->state->draining = true;
  impl_->state->on_left = {};
  impl_->cut_all();
}

void Server::listen(const asio::ip::tcp::endpoint& endpoint) {
  Acceptor acceptor(impl_->state->io, Acceptor::protocol_type(endpoint.protocol()));
  acceptor.set_option(asio::socket_base::reuse_address(true));
  // Taken over by every accepted socket.
  acceptor.set_option(asio::ip::tcp::no_delay(true));
  acceptor.bind(endpoint);
  acceptor.listen(asio::socket_base::max_listen_connections);
  impl_->accept_from(std::move(acceptor));
}

void Server::listen(const std::filesystem::path& path) {
  // Throws for a path that is too long.
  const asio::local::stream_protocol::endpoint endpoint(path.string());
  make_room_for(impl_->state->io, path, endpoint);
  Acceptor acceptor(impl_->state->io, Acceptor::protocol_type(endpoint.protocol()));
  // Before bind(), so that the socket never has more rights: Linux takes them from here, less the process's mask; and after
  // it, so that it has no fewer.
  constexpr ::mode_t owner_and_group = S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP;
  const bool narrowed = ::fchmod(acceptor.native_handle(), owner_and_group) == 0;
  acceptor.bind(endpoint);
  if (!narrowed || ::chmod(path.c_str(), owner_and_group) != 0) {
    throw std::system_error(errno, std::generic_category(), path.string());
  }
  acceptor.listen(asio::socket_base::max_listen_connections);
  impl_->accept_from(std::move(acceptor), path);
}

void Server::adopt(int listening) {
  sockaddr_storage address = {};
  socklen_t size = sizeof address;
  if (::getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::system_error(errno, std::generic_category(), "the socket handed over");
  }
  Acceptor acceptor(impl_->state->io);
  acceptor.assign({address.ss_family, address.ss_family == AF_UNIX ? 0 : IPPROTO_TCP}, listening);
  std::error_code ignored;
  acceptor.set_option(asio::ip::tcp::no_delay(true), ignored);
  impl_->accept_from(std::move(acceptor));
}

void Server::use_tls(TlsContext context) { impl_->tls = std::move(context); }

asio::ip::tcp::endpoint Server::endpoint() const { return impl_->endpoint; }

void Server::drain(std::chrono::milliseconds limit, std::function<void()> done) { impl_->drain(limit, std::move(done)); }

int Server::connections() const { return static_cast<int>(impl_->state->serving.size()); }

}  // namespace http
