// core/signing_secrets.h - what signs the webhooks of one job: a secret, and while its receiver changes to it, the one before.
//
// Both are sealed and stored as one text, with a NUL between them that no secret may hold, so that neither is ever without the
// other. Thread safety: free functions without state.
#pragma once

#include <string>
#include <string_view>

namespace jobs {

struct SigningSecrets {
  std::string_view current = {};
  // Empty: there is no change on its way.
  std::string_view old = {};
};

inline std::string join_secrets(const SigningSecrets& secrets) {
  std::string text(secrets.current);
  if (!secrets.old.empty()) text.append(1, '\0').append(secrets.old);
  return text;
}

// Views into `text`.
inline SigningSecrets split_secrets(std::string_view text) {
  const std::size_t end = text.find('\0');
  if (end == std::string_view::npos) return {.current = text};
  return {.current = text.substr(0, end), .old = text.substr(end + 1)};
}

}  // namespace jobs
