#include "outbound/guard.h"

#include <arpa/inet.h>
#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace outbound {
namespace {

using V4 = asio::ip::address_v4;
using V6 = asio::ip::address_v6;

constexpr std::size_t kUrlBytesMax = 4096;

struct SpecialV4 {
  std::uint32_t prefix;
  int bits;
  const char* what;
};

// https://www.iana.org/assignments/iana-ipv4-special-registry, RFC 5771 (multicast), RFC 7526 (192.88.99.0/24).
constexpr std::array kSpecialV4 = {
    SpecialV4{0x00000000, 8, "unspecified"},
    SpecialV4{0x0a000000, 8, "private"},
    SpecialV4{0x64400000, 10, "shared between providers and their customers"},
    SpecialV4{0x7f000000, 8, "loopback"},
    SpecialV4{0xa9fe0000, 16, "link-local"},
    SpecialV4{0xac100000, 12, "private"},
    SpecialV4{0xc0000000, 24, "reserved for protocols"},
    SpecialV4{0xc0000200, 24, "for documentation"},
    SpecialV4{0xc0586300, 24, "reserved"},
    SpecialV4{0xc0a80000, 16, "private"},
    SpecialV4{0xc6120000, 15, "for benchmarks"},
    SpecialV4{0xc6336400, 24, "for documentation"},
    SpecialV4{0xcb007100, 24, "for documentation"},
    SpecialV4{0xe0000000, 4, "multicast"},
    SpecialV4{0xf0000000, 4, "reserved"},
};

struct SpecialV6 {
  std::array<std::uint16_t, 4> prefix;
  int bits;
  const char* what;
};

// https://www.iana.org/assignments/iana-ipv6-special-registry and ipv6-address-space. The first match names the reason;
// what no row names is refused too when it lies outside 2000::/3, the only global unicast space there is.
constexpr std::array kSpecialV6 = {
    SpecialV6{{0x0064, 0xff9b, 0x0001, 0}, 48, "a local NAT64 form"},
    SpecialV6{{0x0100, 0, 0, 0}, 64, "discard-only"},
    SpecialV6{{0x2001, 0, 0, 0}, 32, "a Teredo form"},
    SpecialV6{{0x2001, 0, 0, 0}, 23, "reserved for protocols"},
    SpecialV6{{0x2001, 0x0db8, 0, 0}, 32, "for documentation"},
    SpecialV6{{0x3fff, 0, 0, 0}, 20, "for documentation"},
    SpecialV6{{0xfc00, 0, 0, 0}, 7, "private"},
    SpecialV6{{0xfe80, 0, 0, 0}, 10, "link-local"},
    SpecialV6{{0xfec0, 0, 0, 0}, 10, "site-local"},
    SpecialV6{{0xff00, 0, 0, 0}, 8, "multicast"},
};

bool same_prefix(const V6::bytes_type& a, const V6::bytes_type& b, int bits) {
  const auto whole = static_cast<std::size_t>(bits / 8);
  if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(whole), b.begin())) return false;
  const int rest = bits % 8;
  return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

V6::bytes_type bytes_of(const std::array<std::uint16_t, 4>& words) {
  V6::bytes_type bytes = {};
  for (std::size_t i = 0; i < words.size(); ++i) {
    bytes[2 * i] = static_cast<unsigned char>(words[i] >> 8);
    bytes[2 * i + 1] = static_cast<unsigned char>(words[i] & 0xff);
  }
  return bytes;
}

V6::bytes_type mapped(const V4& address) {
  V6::bytes_type bytes = {};
  bytes[10] = bytes[11] = 0xff;
  const auto four = address.to_bytes();
  std::copy(four.begin(), four.end(), bytes.begin() + 12);
  return bytes;
}

V4 v4_at(const V6::bytes_type& bytes, std::size_t offset) {
  return V4(V4::bytes_type{bytes[offset], bytes[offset + 1], bytes[offset + 2], bytes[offset + 3]});
}

const char* special(const V4& address) {
  for (const SpecialV4& one : kSpecialV4) {
    if ((address.to_uint() ^ one.prefix) >> (32 - one.bits) == 0) return one.what;
  }
  return nullptr;
}

// Where an IPv6 address carries an IPv4 one that a translator or a tunnel on the way may deliver to.
struct Embedded {
  V4 address;
  const char* form;
  // The outer address is only another spelling of the inner one.
  bool stands_for_it;
};
std::optional<Embedded> embedded(const V6::bytes_type& bytes) {
  static constexpr V6::bytes_type kNat64 = {0x00, 0x64, 0xff, 0x9b};                   // RFC 6052
  static constexpr V6::bytes_type kTranslated = {0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};  // RFC 2765
  static constexpr V6::bytes_type kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  static constexpr V6::bytes_type kSixToFour = {0x20, 0x02};  // RFC 3056
  if (same_prefix(bytes, kMapped, 96)) return Embedded{v4_at(bytes, 12), "IPv4-mapped", true};
  if (same_prefix(bytes, kTranslated, 96)) return Embedded{v4_at(bytes, 12), "IPv4-translated", false};
  if (same_prefix(bytes, kNat64, 96)) return Embedded{v4_at(bytes, 12), "NAT64", true};
  if (same_prefix(bytes, kSixToFour, 16)) return Embedded{v4_at(bytes, 2), "6to4", false};
  // ISATAP, RFC 5214 section 6.1: any prefix, then 0000:5efe or 0200:5efe.
  if ((bytes[8] & 0xfd) == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe) {
    return Embedded{v4_at(bytes, 12), "ISATAP", false};
  }
  return std::nullopt;
}

// Why an address that no network of the configuration lists may not be reached.
std::optional<std::string> special(const V6& address) {
  const auto bytes = address.to_bytes();
  if (address.is_unspecified()) return "unspecified";
  if (address.is_loopback()) return "loopback";
  if (const auto inner = embedded(bytes)) {
    if (const char* const what = special(inner->address)) {
      return "the " + std::string(inner->form) + " form of " + inner->address.to_string() + ", which is " + what;
    }
    // A public IPv4 address behind NAT64 is how a host without IPv4 reaches it.
    if (inner->stands_for_it) return std::nullopt;
  }
  for (const SpecialV6& one : kSpecialV6) {
    if (same_prefix(bytes, bytes_of(one.prefix), one.bits)) return one.what;
  }
  if (same_prefix(bytes, {}, 96)) return "an IPv4-compatible form, which is reserved";
  if ((bytes[0] >> 5) != 1) return "reserved";
  return std::nullopt;
}

struct CurlFree {
  void operator()(char* text) const { curl_free(text); }
};
using CurlText = std::unique_ptr<char, CurlFree>;
using CurlUrl = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

// Empty when the part is absent; a part that is present but empty is "".
std::optional<std::string> part(CURLU* url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK || text == nullptr) return std::nullopt;
  return std::string(CurlText(text).get());
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Whether the last label is a number, decimal or hexadecimal: such a host can only be meant as an IPv4 address
// (https://url.spec.whatwg.org/#ends-in-a-number-checker).
bool ends_in_a_number(std::string_view host) {
  std::string_view label = host.substr(host.rfind('.') + 1);
  if (label.empty()) return false;
  if (label.find_first_not_of("0123456789") == label.npos) return true;
  if (!label.starts_with("0x") && !label.starts_with("0X")) return false;
  return label.find_first_not_of("0123456789abcdefABCDEF", 2) == label.npos;
}

}  // namespace

Guard::Guard(const GuardOptions& options) : allow_http_(options.allow_http), ports_(options.allow_ports) {
  for (const int port : ports_) {
    if (port < 1 || port > 65535) throw std::invalid_argument("There is no port " + std::to_string(port) + ".");
  }
  for (const std::string& text : options.allow_networks) {
    const std::size_t slash = text.find('/');
    asio::error_code failed;
    const auto address = asio::ip::make_address(text.substr(0, slash), failed);
    const bool scoped = text.find('%') != text.npos;
    const int width = !failed && address.is_v4() ? 32 : 128;
    int bits = width;
    if (!failed && slash != text.npos) {
      const char* const end = text.data() + text.size();
      const auto [stop, error] = std::from_chars(text.data() + slash + 1, end, bits);
      if (error != std::errc() || stop != end || bits < 0 || bits > width) failed = asio::error::invalid_argument;
    }
    if (failed || scoped) {
      throw std::invalid_argument("\"" + text + "\" is not a network: write it like 10.1.0.0/16 or fd00::/8.");
    }
    Network network;
    network.prefix = address.is_v4() ? mapped(address.to_v4()) : address.to_v6().to_bytes();
    network.bits = address.is_v4() ? bits + 96 : bits;
    for (int bit = network.bits; bit < 128; ++bit) {
      if ((network.prefix[static_cast<std::size_t>(bit / 8)] >> (7 - bit % 8)) & 1) {
        throw std::invalid_argument("\"" + text + "\" names one address, not a network: bits after the first " +
                                    std::to_string(bits) + " must be zero.");
      }
    }
    allowed_.push_back(network);
  }
}

std::optional<std::string> Guard::refuse_address(const asio::ip::address& address) const {
  const bool is_v4 = address.is_v4() || address.to_v6().is_v4_mapped();
  const auto bytes = address.is_v4() ? mapped(address.to_v4()) : address.to_v6().to_bytes();
  for (const Network& network : allowed_) {
    // A short IPv6 prefix such as ::/0 covers the mapped form of every IPv4 address, which is not what it says.
    if (is_v4 && network.bits < 96) continue;
    if (same_prefix(bytes, network.prefix, network.bits)) return std::nullopt;
  }
  std::optional<std::string> what;
  if (address.is_v4()) {
    if (const char* const found = special(address.to_v4())) what = found;
  } else {
    what = special(address.to_v6());
  }
  if (!what) return std::nullopt;
  return "The address " + address.to_string() + " is " + *what + ", and no allowed network lists it.";
}

std::optional<std::string> Guard::refuse_url(std::string_view url) const {
  if (url.size() > kUrlBytesMax) return "The URL is longer than " + std::to_string(kUrlBytesMax) + " bytes.";
  for (const char c : url) {
    if (static_cast<unsigned char>(c) <= ' ' || c == 0x7f || c == '\\') {
      return "The URL holds a space, a control character or a backslash: percent-encode it.";
    }
  }
  std::string scheme(url.substr(0, std::min(url.find(':'), url.size())));
  std::transform(scheme.begin(), scheme.end(), scheme.begin(), lower);
  if (scheme == "http" && !allow_http_) return "The URL must begin with https://; http is not allowed here.";
  if (scheme != "https" && scheme != "http") return "The URL must begin with https://.";
  // libcurl forgives one slash, or three.
  const std::string_view rest = url.substr(scheme.size());
  if (!rest.starts_with("://") || rest.starts_with(":///")) return "The URL must begin with https:// and a host.";

  // libcurl is what connects, so libcurl is what parses: two parsers that disagree are how such checks are evaded.
  const CurlUrl parsed(curl_url(), &curl_url_cleanup);
  if (!parsed) throw std::bad_alloc();
  const CURLUcode code = curl_url_set(parsed.get(), CURLUPART_URL, std::string(url).c_str(), 0);
  if (code == CURLUE_BAD_PORT_NUMBER) return "The port of the URL is not a number from 1 to 65535.";
  if (code != CURLUE_OK) return std::string("The URL cannot be read: ") + curl_url_strerror(code) + ".";

  const std::string_view authority = rest.substr(3, std::min(rest.find_first_of("/?#", 3), rest.size()) - 3);
  if (authority.find('@') != authority.npos || part(parsed.get(), CURLUPART_USER) ||
      part(parsed.get(), CURLUPART_PASSWORD)) {
    return "The URL holds a user name or a password: remove it; a receiver can check the signature instead.";
  }
  if (part(parsed.get(), CURLUPART_ZONEID)) return "The URL names a zone of this machine.";

  const std::string port_text = part(parsed.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT).value_or("");
  int port = 0;
  std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (port < 1 || port > 65535) return "The port of the URL is not a number from 1 to 65535.";
  if (!ports_.empty() && std::find(ports_.begin(), ports_.end(), port) == ports_.end()) {
    return "The port " + std::to_string(port) + " is not an allowed port.";
  }

  std::string host = part(parsed.get(), CURLUPART_HOST).value_or("");
  if (host.starts_with('[') && host.ends_with(']')) {
    asio::error_code failed;
    const auto address = asio::ip::make_address_v6(host.substr(1, host.size() - 2), failed);
    if (failed) return "The host of the URL is not an IPv6 address.";
    return refuse_address(address);
  }
  for (const char c : host) {
    const bool plain =
        (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    // Names in other scripts have several spellings, some of which end as an IPv4 address.
    if (!plain) return "The host of the URL must be written in ASCII (xn--… for other scripts).";
  }
  if (host.ends_with('.')) host.pop_back();
  if (host.empty() || host.starts_with('.') || host.ends_with('.') || host.find("..") != host.npos ||
      host.size() > 253) {
    return "The host of the URL is not a name.";
  }
  if (ends_in_a_number(host)) {
    // inet_aton reads what resolvers read: 127.1, 0x7f.1, 0177.0.0.1, 2130706433.
    in_addr raw = {};
    if (inet_aton(host.c_str(), &raw) == 0) return "The host of the URL ends in a number but is not an IPv4 address.";
    return refuse_address(V4(ntohl(raw.s_addr)));
  }
  return std::nullopt;
}

}  // namespace outbound
