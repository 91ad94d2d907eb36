#include "core/utf8.h"

#include <algorithm>

namespace jobs {
namespace {

// The length of the UTF-8 sequence that `text` begins with, by table 3-7 of the Unicode standard. Zero: none. -1: one
// that the end of the text cuts off.
int sequence_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = at(0);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const int length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  for (int i = 1; i < length; ++i) {
    const auto index = static_cast<std::size_t>(i);
    if (index == text.size()) return -1;
    unsigned char low = 0x80;
    unsigned char high = 0xbf;
    if (i == 1) {
      // Overlong forms, surrogates, and what is beyond U+10FFFF.
      if (first == 0xe0) low = 0xa0;
      if (first == 0xed) high = 0x9f;
      if (first == 0xf0) low = 0x90;
      if (first == 0xf4) high = 0x8f;
    }
    if (at(index) < low || at(index) > high) return 0;
  }
  return length;
}

}  // namespace

std::string utf8_prefix(std::string_view text, std::size_t bytes_max) {
  const bool cut = text.size() > bytes_max;
  text = text.substr(0, bytes_max);
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const int length = sequence_length(text);
    if (length < 0 && cut) break;
    if (length <= 0) {
      clean += "\xef\xbf\xbd";
      text.remove_prefix(1);
    } else {
      clean.append(text.substr(0, static_cast<std::size_t>(length)));
      text.remove_prefix(static_cast<std::size_t>(length));
    }
  }
  return clean;
}

}  // namespace jobs
