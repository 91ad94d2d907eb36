#include "text/utf8.h"

#include <cstdint>

namespace jobsd {
namespace {

struct CodePoint {
  std::uint32_t value;
  // 0: not well-formed.
  std::size_t bytes;
};

CodePoint next(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
  const std::uint32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) return {0, 0};
  std::uint32_t value = lead & (0xffu >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {0, 0};
    value = value << 6 | (byte(i) & 0x3f);
  }
  const bool overlong = (bytes == 3 && value < 0x800) || (bytes == 4 && value < 0x10000);
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (overlong || surrogate || value > 0x10ffff) return {0, 0};
  return {value, bytes};
}

}  // namespace

std::optional<std::size_t> utf8_length(std::string_view text) {
  std::size_t length = 0;
  while (!text.empty()) {
    const std::size_t bytes = next(text).bytes;
    if (bytes == 0) return {};
    text.remove_prefix(bytes);
    ++length;
  }
  return length;
}

bool is_line_of_text(std::string_view text) {
  while (!text.empty()) {
    const auto [value, bytes] = next(text);
    if (bytes == 0 || value < 0x20 || (value >= 0x7f && value < 0xa0)) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

}  // namespace jobsd
