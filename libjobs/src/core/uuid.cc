#include "jobs/uuid.h"

namespace jobs {
namespace {

// The 32-bit finaliser of MurmurHash3 (Austin Appleby, public domain): a bijection whose inverse is known.
std::uint32_t mix(std::uint32_t x) {
  x ^= x >> 16;
  x *= 0x85ebca6bU;
  x ^= x >> 13;
  x *= 0xc2b2ae35U;
  x ^= x >> 16;
  return x;
}

std::uint32_t unmix(std::uint32_t x) {
  x ^= x >> 16;
  x *= 0x7ed1b41dU;  // the inverse of 0xc2b2ae35 modulo 2^32
  x ^= (x >> 13) ^ (x >> 26);
  x *= 0xa5cb9243U;  // the inverse of 0x85ebca6b modulo 2^32
  x ^= x >> 16;
  return x;
}

void put32(std::array<std::uint8_t, 16>& bytes, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

std::uint32_t get32(const std::array<std::uint8_t, 16>& bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | bytes[at + i];
  return value;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr bool dash_at(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

}  // namespace

Uuid Uuid::from_number(std::int64_t number, std::uint64_t random) {
  const auto bits = static_cast<std::uint64_t>(number);
  const std::uint32_t head = mix(static_cast<std::uint32_t>(bits));
  std::array<std::uint8_t, 16> bytes;
  put32(bytes, 0, head);
  put32(bytes, 4, static_cast<std::uint32_t>(random >> 32));
  put32(bytes, 8, static_cast<std::uint32_t>(random));
  put32(bytes, 12, static_cast<std::uint32_t>(bits >> 32) ^ head);
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x80);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
  return Uuid(bytes);
}

std::int64_t Uuid::number() const {
  const std::uint32_t head = get32(bytes_, 0);
  const std::uint64_t high = (get32(bytes_, 12) ^ head) & 0x7fffffffU;
  return static_cast<std::int64_t>(high << 32 | unmix(head));
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::array<std::uint8_t, 16> bytes;
  std::size_t next = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (dash_at(i)) {
      if (text[i] != '-') return std::nullopt;
      ++i;
      continue;
    }
    const int high = hex_digit(text[i]);
    const int low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes[next++] = static_cast<std::uint8_t>(high * 16 + low);
    i += 2;
  }
  return Uuid(bytes);
}

std::string Uuid::to_string() const {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text(36, '-');
  std::size_t next = 0;
  for (const std::uint8_t byte : bytes_) {
    if (dash_at(next)) ++next;
    text[next++] = digits[byte >> 4];
    text[next++] = digits[byte & 15];
  }
  return text;
}

}  // namespace jobs
