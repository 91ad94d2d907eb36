// core/base64.h - base64 as RFC 4648 section 4 has it, with padding. Thread safety: free functions without state.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace jobs {

std::string encode_base64(std::string_view bytes);

// Empty when `text` is anything but base64: a foreign character, padding in the wrong place, or bits left over that an
// encoder would have written as zero. Missing padding is forgiven, since keys are often handed out without it.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace jobs
