// http/peer.h - who is at the other end of a connection, and how many connections one of them has.
//
// Thread safety: none; used on the event loop only.
#pragma once

#include <sys/socket.h>

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace http {

struct Peer {
  // "127.0.0.1:54321", "[::1]:80"; "unix" for a client on a Unix socket.
  std::string text = {};
  // What counts as one client: an IPv4 address, or the first 64 bits of an IPv6 address, which one customer has for himself.
  // Empty for a Unix socket.
  std::string network = {};
};

Peer peer_of(const sockaddr* address);

// At most so many connections of one network at a time.
class PeerLimit {
  using Table = std::unordered_map<std::string, int>;

 public:
  // Room for one connection; given back when it is destroyed.
  class Place {
   public:
    Place() = default;
    Place(std::shared_ptr<Table> table, std::string network);
    Place(Place&& other) noexcept = default;
    Place& operator=(Place&& other) noexcept;
    ~Place();

   private:
    void give_back();
    std::shared_ptr<Table> table_ = {};
    std::string network_ = {};
  };

  // 0: no limit.
  explicit PeerLimit(int per_network_max) : per_network_max_(per_network_max) {}

  // Empty: that network has all it may have.
  std::optional<Place> take(const Peer& peer);

 private:
  const int per_network_max_;
  const std::shared_ptr<Table> table_ = std::make_shared<Table>();
};

}  // namespace http
