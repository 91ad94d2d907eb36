// identity/secrets.h - random ids and tokens, and the hash by which a token is known.
//
// Thread safety: free functions; OpenSSL's generator locks for itself.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "jobs/uuid.h"

namespace jobsd {

using TokenHash = std::array<std::uint8_t, 32>;

// Throws std::runtime_error when the system gives no randomness: nothing secret may be made then.
void fill_random(std::span<std::byte> out);

// Version 4, RFC 9562 section 5.4.
jobs::Uuid random_uuid();

inline constexpr std::string_view organization_prefix = "jok_";
inline constexpr std::string_view personal_prefix = "jop_";
inline constexpr std::size_t token_digits = 43;

// `prefix` and 43 random base62 digits: 62^43 is a little more than 2^256.
std::string random_token(std::string_view prefix);
// Has the form that random_token() makes. Says nothing about whether the token is known.
bool looks_like_token(std::string_view text);
// SHA-256 of the whole token.
TokenHash hash_token(std::string_view token);

}  // namespace jobsd
