#include "core/receiver_host.h"

#include <algorithm>

namespace jobs {

std::string receiver_host(std::string_view url) {
  std::string host(url);
  std::transform(host.begin(), host.end(), host.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  const std::size_t scheme = host.find("://");
  const bool plain = host.starts_with("http://");
  if (scheme != host.npos) host.erase(0, scheme + 3);
  host.resize(std::min(host.find_first_of("/?#\\"), host.size()));
  host.erase(0, host.rfind('@') + 1);
  // In "[::1]" the colons belong to the address.
  const std::size_t bracket = host.rfind(']');
  const std::size_t colon = host.find(':', bracket == host.npos ? 0 : bracket);
  std::string port = colon == host.npos ? "" : host.substr(colon + 1);
  host.resize(std::min(colon, host.size()));
  if (host.ends_with('.')) host.pop_back();
  if (port.empty()) port = plain ? "80" : "443";
  return host + ":" + port;
}

}  // namespace jobs
