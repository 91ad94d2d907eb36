#include "http/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cstring>
#include <utility>

namespace http {
namespace {

constexpr std::size_t network_bytes_of_v6 = 8;

template <typename Address>
std::string text_of(int family, const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text = {};
  return ::inet_ntop(family, &address, text.data(), text.size()) == nullptr ? std::string() : std::string(text.data());
}

}  // namespace

Peer peer_of(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, address, sizeof v4);
    const auto host = text_of(AF_INET, v4.sin_addr);
    return {.text = host + ':' + std::to_string(ntohs(v4.sin_port)), .network = host};
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, address, sizeof v6);
    Peer peer{.text = '[' + text_of(AF_INET6, v6.sin6_addr) + "]:" + std::to_string(ntohs(v6.sin6_port))};
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
      in_addr v4;
      std::memcpy(&v4, v6.sin6_addr.s6_addr + 12, sizeof v4);
      peer.network = text_of(AF_INET, v4);
    } else {
      std::memset(v6.sin6_addr.s6_addr + network_bytes_of_v6, 0, sizeof v6.sin6_addr - network_bytes_of_v6);
      peer.network = text_of(AF_INET6, v6.sin6_addr);
    }
    return peer;
  }
  return {.text = "unix"};
}

PeerLimit::Place::Place(std::shared_ptr<Table> table, std::string network)
    : table_(std::move(table)), network_(std::move(network)) {}

PeerLimit::Place& PeerLimit::Place::operator=(Place&& other) noexcept {
  give_back();
  table_ = std::move(other.table_);
  network_ = std::move(other.network_);
  return *this;
}

PeerLimit::Place::~Place() { give_back(); }

void PeerLimit::Place::give_back() {
  if (!table_) return;
  const auto found = table_->find(network_);
  if (--found->second == 0) table_->erase(found);
  table_.reset();
}

std::optional<PeerLimit::Place> PeerLimit::take(const Peer& peer) {
  if (per_network_max_ == 0 || peer.network.empty()) return Place();
  int& taken = (*table_)[peer.network];
  if (taken >= per_network_max_) return std::nullopt;
  ++taken;
  return Place(table_, peer.network);
}

}  // namespace http
