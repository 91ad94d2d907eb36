#include "jobs/signature.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <charconv>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <optional>
#include <stdexcept>

#include "core/base64.h"
#include "core/standard_key.h"

namespace jobs {
namespace {

constexpr std::string_view kOmniPrefix = "sha256=";
constexpr std::string_view kStandardPrefix = "v1,";
constexpr std::size_t kOmniSize = kOmniPrefix.size() + 64;
constexpr std::size_t kStandardSize = kStandardPrefix.size() + 44;
// Room for every signature of a rotation; a longer header is not worth hashing for.
constexpr std::size_t kSignatureHeaderMax = 4096;

using Digest = std::array<unsigned char, 32>;

const unsigned char* octets_of(std::string_view text) {
  // A null key pointer would mean "keep the old key" to OpenSSL.
  return reinterpret_cast<const unsigned char*>(text.empty() ? "" : text.data());
}

Digest hmac_sha256(std::string_view key, std::initializer_list<std::string_view> parts) {
  // Fetching an algorithm takes a lock and a search; it is done once. Never freed: a static's destructor could run
  // before that of a thread which still signs.
  static EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  const std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context(mac ? EVP_MAC_CTX_new(mac) : nullptr,
                                                                          &EVP_MAC_CTX_free);
  char digest_name[] = "SHA256";
  const std::array params = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest_name, 0),
                             OSSL_PARAM_construct_end()};
  bool ok = context && EVP_MAC_init(context.get(), octets_of(key), key.size(), params.data()) == 1;
  for (const std::string_view part : parts) {
    ok = ok && EVP_MAC_update(context.get(), octets_of(part), part.size()) == 1;
  }
  Digest digest = {};
  std::size_t size = 0;
  ok = ok && EVP_MAC_final(context.get(), digest.data(), &size, digest.size()) == 1 && size == digest.size();
  if (!ok) throw std::runtime_error("OpenSSL cannot compute HMAC-SHA256: check its configuration and providers.");
  return digest;
}

std::string hex(const Digest& digest) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(digest.size() * 2);
  for (const unsigned char byte : digest) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::optional<std::chrono::seconds> parse_timestamp(std::string_view text) {
  // Fifteen digits reach beyond the year 30,000,000 and cannot overflow in any sum below.
  if (text.empty() || text.size() > 15 || text.find_first_not_of("0123456789") != text.npos) return std::nullopt;
  std::int64_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return std::chrono::seconds(count);
}

bool is_omni_signature(std::string_view text) {
  return text.size() == kOmniSize && text.starts_with(kOmniPrefix) &&
         text.find_first_not_of("0123456789abcdef", kOmniPrefix.size()) == text.npos;
}

// The "v1" signatures of a header; those of other versions are for other verifiers.
std::vector<std::string_view> standard_signatures(std::string_view header) {
  std::vector<std::string_view> found;
  while (!header.empty()) {
    const std::size_t end = std::min(header.find(' '), header.size());
    const std::string_view one = header.substr(0, end);
    if (one.size() == kStandardSize && one.starts_with(kStandardPrefix)) found.push_back(one);
    header.remove_prefix(std::min(end + 1, header.size()));
  }
  return found;
}

}  // namespace

std::string omni_signature(std::string_view secret, std::string_view timestamp, std::string_view body) {
  return std::string(kOmniPrefix) + hex(hmac_sha256(secret, {timestamp, ".", body}));
}

std::string standard_signature(std::string_view secret, std::string_view id, std::string_view timestamp,
                               std::string_view body) {
  const Digest digest = hmac_sha256(standard_key(secret), {id, ".", timestamp, ".", body});
  return std::string(kStandardPrefix) + encode_base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::vector<std::pair<std::string, std::string>> signature_headers(std::string_view secret, std::string_view event_id,
                                                                   std::string_view body, Time now,
                                                                   std::string_view old_secret) {
  const std::string timestamp =
      std::to_string(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
  std::string standard = standard_signature(secret, event_id, timestamp, body);
  if (!old_secret.empty()) standard += " " + standard_signature(old_secret, event_id, timestamp, body);
  return {
      {"X-Omni-Signature-Timestamp", timestamp},
      {"X-Omni-Signature", omni_signature(secret, timestamp, body)},
      {"webhook-id", std::string(event_id)},
      {"webhook-timestamp", timestamp},
      {"webhook-signature", std::move(standard)},
  };
}

Verdict verify_signature(const SignedMessage& message, std::span<const std::string> secrets, Time now,
                         std::chrono::seconds tolerance) {
  const auto timestamp = parse_timestamp(message.timestamp);
  if (!timestamp || message.signature.size() > kSignatureHeaderMax) return Verdict::malformed;
  const bool omni = message.id.empty();
  std::vector<std::string_view> given;
  if (!omni) {
    given = standard_signatures(message.signature);
  } else if (is_omni_signature(message.signature)) {
    given = {message.signature};
  }
  if (given.empty()) return Verdict::malformed;

  const auto age = now.time_since_epoch() - *timestamp;
  if (age > tolerance || age < -tolerance) return Verdict::stale;

  bool match = false;
  for (const std::string& secret : secrets) {
    const std::string expected = omni ? omni_signature(secret, message.timestamp, message.body)
                                      : standard_signature(secret, message.id, message.timestamp, message.body);
    // No early exit: which secret matched, and whether an earlier one did, must not show in the time taken.
    for (const std::string_view signature : given) match |= equal_in_constant_time(expected, signature);
  }
  return match ? Verdict::ok : Verdict::mismatch;
}

}  // namespace jobs
