// outbound/retry_after.h - how long a server asks to be left alone. Thread safety: a free function without state.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace outbound {

// Reads the value of a Retry-After field (RFC 9110 section 10.2.3): seconds, or a date, which becomes the time from
// `now` until then and never less than zero. Empty when it is neither.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, std::chrono::sys_seconds now);

}  // namespace outbound
