// text/utf8.h - is this text, and how long is it for a person?
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace jobsd {

// The number of code points. Empty: not well-formed UTF-8 (RFC 3629: no overlong form, no surrogate, nothing above
// U+10FFFF).
std::optional<std::size_t> utf8_length(std::string_view text);

// Well-formed UTF-8 without control characters (C0, DEL, C1): fit for one line of a log, a terminal or a page.
bool is_line_of_text(std::string_view text);

}  // namespace jobsd
