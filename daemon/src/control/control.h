// control/control.h - how a command reaches the daemon that owns the store: a Unix socket in the data directory.
//
// One line of JSON is one request, one line is its answer: {"op": "user.create", …} -> {"ok": true, "result": {…}} or
// {"ok": false, "error": "…"}. Work that takes long sends lines {"progress": …} before its answer. The socket is readable by
// its owner alone and the peer's user id is checked besides. A thread of its own serves one connection at a time with blocking calls: commands are rare, wait for the disk, and must
// not share the event loop of the API.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>

namespace jobs {
class Engine;
}

namespace jobsd {

class Identity;

// Thread safety: construct and destroy on one thread.
class ControlServer {
 public:
  // Listens at once. The caller owns the store, so a socket left by a crash is nobody's and is replaced.
  // Throws std::runtime_error: the path is too long, is no socket, or cannot be bound. `identity` and `engine` must
  // outlive this.
  ControlServer(const std::filesystem::path& socket, Identity& identity, jobs::Engine& engine);
  // Finishes the request in hand, but ends a backup; removes the socket.
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Sends one request to the daemon that serves `socket` and returns its answer. Empty: nobody serves it.
// `tell` is given what comes of progress. Throws std::runtime_error when somebody does but gives no answer.
std::optional<nlohmann::json> call_control(const std::filesystem::path& socket, const nlohmann::json& request,
                                           const std::function<void(const nlohmann::json&)>& tell = {});

}  // namespace jobsd
