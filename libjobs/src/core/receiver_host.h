// core/receiver_host.h - who a URL's requests go to. Thread safety: a free function without state.
#pragma once

#include <string>
#include <string_view>

namespace jobs {

// "host:port" of a URL in lower case, with the scheme's port when none is written: what deliveries are counted by, so
// that a slow receiver delays only its own. It groups; it does not judge. Text that is no URL is a group of its own.
std::string receiver_host(std::string_view url);

}  // namespace jobs
