#include "outbound/retry_after.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>

namespace outbound {

std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, std::chrono::sys_seconds now) {
  constexpr std::string_view blank = " \t\r\n";
  const std::size_t begin = value.find_first_not_of(blank);
  if (begin == value.npos) return std::nullopt;
  value = value.substr(begin, value.find_last_not_of(blank) - begin + 1);

  if (value.find_first_not_of("0123456789") == value.npos) {
    // More digits than fit mean "never", which the caller's own limit cuts anyway.
    std::int32_t seconds = 0;
    const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    return error == std::errc() ? std::chrono::seconds(seconds) : std::chrono::seconds(INT32_MAX);
  }
  // The three forms of an HTTP-date all name the month; without a letter, curl_getdate would take a lone number for
  // one.
  if (value.size() > 64 || value.find(':') == value.npos) return std::nullopt;
  const std::time_t at = curl_getdate(std::string(value).c_str(), nullptr);
  if (at < 0) return std::nullopt;
  const auto wait = std::chrono::sys_seconds(std::chrono::seconds(at)) - now;
  return std::clamp(wait, std::chrono::seconds(0), std::chrono::seconds(INT32_MAX));
}

}  // namespace outbound
