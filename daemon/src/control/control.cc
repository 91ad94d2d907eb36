#include "control/control.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <exception>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

#include "control/admin.h"
#include "control/line_socket.h"
#include "control/store_work.h"
#include "identity/identity.h"

namespace jobsd {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

// A command sends its request at once; whoever does not is in the way of others.
constexpr auto peer_patience = 5s;
// A commit may wait for a slow disk, and a check reads the whole store.
constexpr auto answer_patience = 60s;
constexpr auto check_patience = 24h;

[[noreturn]] void fail(const std::filesystem::path& socket, const std::string& what, int error) {
  throw std::runtime_error(socket.string() + ": " + what + ": " + std::generic_category().message(error));
}

std::chrono::milliseconds patience_for(const json& request) {
  if (is_store_work(request) && request["op"] == "store.check") return check_patience;
  return answer_patience;
}

FileDescriptor unix_socket() {
  FileDescriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) throw std::system_error(errno, std::generic_category(), "cannot make a socket");
  return fd;
}

// Who is at the other end. Empty: nobody who may ask.
std::optional<uid_t> allowed_peer(int fd) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return {};
  return peer.uid == ::geteuid() || peer.uid == 0 ? std::optional(peer.uid) : std::nullopt;
}

}  // namespace

struct ControlServer::Impl {
  Impl(std::filesystem::path socket, Identity& i, jobs::Engine& e)
      : path(std::move(socket)), identity(i), engine(e) {}

  void run() {
    while (true) {
      std::array<pollfd, 2> polled = {pollfd{listener.get(), POLLIN, 0}, pollfd{stop.get(), POLLIN, 0}};
      if (::poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) return;
      if (polled[1].revents != 0) return;
      if (polled[0].revents == 0) continue;
      const FileDescriptor peer(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!peer) {
        // Out of descriptors: wait a moment, or this would spin until one is free.
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) ::poll(&polled[1], 1, 100);
        continue;
      }
      serve(peer.get());
    }
  }

  void serve(int peer) {
    const auto uid = allowed_peer(peer);
    if (!uid) return;
    while (const auto line = read_line(peer, peer_patience, stop.get())) {
      const json request = json::parse(*line, nullptr, false);
      const json answer = answer_to(request, peer, *uid);
      // The work is done: the answer goes out even when a stop has been asked for.
      if (!write_line(peer, answer.dump(-1, ' ', false, json::error_handler_t::replace), peer_patience)) return;
    }
  }

  json answer_to(const json& request, int peer, uid_t uid) {
    if (request.is_discarded()) return {{"ok", false}, {"error", "the request is not JSON"}};
    if (!is_store_work(request)) return perform(identity, request, Actor::user_of_machine(uid));
    return perform_on_store(engine, request, [&](const json& progress) { tell(peer, progress); });
  }

  // Whoever asked has gone, or the daemon is to stop: what takes long ends here.
  void tell(int peer, const json& progress) {
    pollfd stopping{stop.get(), POLLIN, 0};
    if (::poll(&stopping, 1, 0) > 0) throw std::runtime_error("the daemon is stopping: try again in a moment");
    if (!write_line(peer, json{{"progress", progress}}.dump(), peer_patience)) throw std::runtime_error("nobody waits for it");
  }

  // Set once.
  std::filesystem::path path;
  Identity& identity;
  jobs::Engine& engine;
  FileDescriptor listener;
  FileDescriptor stop;
  std::thread thread;
};

ControlServer::ControlServer(const std::filesystem::path& socket, Identity& identity, jobs::Engine& engine)
    : impl_(std::make_unique<Impl>(socket, identity, engine)) {
  sockaddr_un address;
  set_address(address, socket);
  struct stat status {};
  if (::lstat(socket.c_str(), &status) == 0) {
    if (!S_ISSOCK(status.st_mode)) {
      throw std::runtime_error(socket.string() + ": is no socket: move it away, the daemon needs this name");
    }
    ::unlink(socket.c_str());
  }
  impl_->listener = unix_socket();
  // Before bind(), so that the socket never has other rights: Linux takes them from here.
  if (::fchmod(impl_->listener.get(), S_IRUSR | S_IWUSR) != 0) fail(socket, "cannot protect the control socket", errno);
  if (::bind(impl_->listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      ::listen(impl_->listener.get(), 16) != 0) {
    fail(socket, "cannot listen", errno);
  }
  impl_->stop = FileDescriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!impl_->stop) fail(socket, "cannot make an eventfd", errno);
  impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
}

ControlServer::~ControlServer() {
  // First, so that nobody connects who would not be answered.
  ::unlink(impl_->path.c_str());
  ::eventfd_write(impl_->stop.get(), 1);
  impl_->thread.join();
}

std::optional<json> call_control(const std::filesystem::path& socket, const json& request,
                                 const std::function<void(const json&)>& tell) {
  sockaddr_un address;
  set_address(address, socket);
  const FileDescriptor fd = unix_socket();
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    if (errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR) return {};
    if (errno == EACCES) {
      fail(socket, "run this as the user that the daemon runs as", errno);
    }
    fail(socket, "cannot reach the daemon", errno);
  }
  const bool sent = write_line(fd.get(), request.dump(), peer_patience);
  json answer;
  while (const auto line = sent ? read_line(fd.get(), patience_for(request)) : std::nullopt) {
    answer = json::parse(*line, nullptr, false);
    if (!answer.is_object() || !answer.contains("progress")) break;
    if (tell) tell(answer["progress"]);
    answer = json();
  }
  if (!answer.is_object() || !answer.contains("ok") || !answer["ok"].is_boolean()) {
    throw std::runtime_error(socket.string() +
                             ": the daemon closed the connection without an answer, so the outcome is " +
                             "unknown: look at its log, then try again");
  }
  return answer;
}

}  // namespace jobsd
