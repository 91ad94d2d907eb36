// outbound/guard.h - where an outgoing request may go.
//
// The address that is connected to is checked, not only the name: a name may resolve to anything, and to something else
// a moment later. Refused unless the configuration lists the network: loopback, private, link-local (where clouds keep
// their metadata), shared (RFC 6598), multicast, unspecified, reserved and documentation addresses, and their
// IPv4-mapped, IPv4-compatible, NAT64, 6to4 and Teredo forms. Source: the IANA special-purpose address registries.
// Thread safety: immutable after construction.
#pragma once

#include <asio/ip/address.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outbound {

struct GuardOptions {
  bool allow_http = false;
  // "10.1.0.0/16", "::1/128": networks that may be reached although they are special.
  std::vector<std::string> allow_networks = {};
  // Empty: any port.
  std::vector<int> allow_ports = {};
};

class Guard {
 public:
  // Throws std::invalid_argument naming the network that cannot be read.
  explicit Guard(const GuardOptions& options);

  // Why this URL can never be allowed, or empty. Looks at the text alone: scheme, form, user:password, port, and the
  // host if it is written as an address.
  std::optional<std::string> refuse_url(std::string_view url) const;
  // Why this address may not be connected to, or empty.
  std::optional<std::string> refuse_address(const asio::ip::address& address) const;

 private:
  struct Network {
    asio::ip::address_v6::bytes_type prefix = {};
    int bits = 0;
  };
  bool allow_http_ = false;
  std::vector<Network> allowed_;
  std::vector<int> ports_;
};

}  // namespace outbound
