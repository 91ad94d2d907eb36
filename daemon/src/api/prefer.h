// api/prefer.h - "Prefer: wait=N" (RFC 7240): how long a client lets a request be held.
#pragma once

#include <chrono>

#include "http/message.h"

namespace jobsd {

inline constexpr auto wait_max = std::chrono::seconds(60);

// Zero when there is none or it cannot be read: a preference is no demand. At most wait_max.
std::chrono::seconds preferred_wait(const http::Headers& headers);

}  // namespace jobsd
