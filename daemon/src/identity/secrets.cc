#include "identity/secrets.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>

namespace jobsd {
namespace {

constexpr std::string_view digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
static_assert(digits.size() == 62);

}  // namespace

void fill_random(std::span<std::byte> out) {
  if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size())) != 1) {
    throw std::runtime_error("the system's random number generator failed");
  }
}

jobs::Uuid random_uuid() {
  std::array<std::uint8_t, 16> bytes;
  fill_random(std::as_writable_bytes(std::span(bytes)));
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
  return jobs::Uuid(bytes);
}

std::string random_token(std::string_view prefix) {
  std::string token(prefix);
  const std::size_t length = prefix.size() + token_digits;
  // 248 is the largest multiple of 62 in a byte: what is above it is thrown away, so that every digit is equally
  // likely.
  std::array<std::uint8_t, 64> bytes;
  while (token.size() < length) {
    fill_random(std::as_writable_bytes(std::span(bytes)));
    for (const std::uint8_t byte : bytes) {
      if (byte < 248 && token.size() < length) token += digits[byte % 62];
    }
  }
  return token;
}

bool looks_like_token(std::string_view text) {
  if (!text.starts_with(organization_prefix) && !text.starts_with(personal_prefix)) return false;
  const std::string_view rest = text.substr(organization_prefix.size());
  return rest.size() == token_digits && std::all_of(rest.begin(), rest.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
         });
}

TokenHash hash_token(std::string_view token) {
  // Fetched once: OpenSSL would look for it among its providers for every request.
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  TokenHash hash;
  unsigned int size = 0;
  if (sha256 == nullptr || EVP_Digest(token.data(), token.size(), hash.data(), &size, sha256, nullptr) != 1 ||
      size != hash.size()) {
    throw std::runtime_error("SHA-256 failed");
  }
  return hash;
}

}  // namespace jobsd
