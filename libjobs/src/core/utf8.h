// core/utf8.h - text from outside, made fit to be stored and printed. Thread safety: a free function without state.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace jobs {

// The first `bytes_max` bytes of `text`, with whatever is not UTF-8 in them replaced by U+FFFD; a character that the
// cut falls into is left out. The result may be longer than `bytes_max` by the replacements.
std::string utf8_prefix(std::string_view text, std::size_t bytes_max);

}  // namespace jobs
