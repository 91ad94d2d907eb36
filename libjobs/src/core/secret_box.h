// core/secret_box.h - secrets at rest: AES-256-GCM around the few that the engine has to store.
//
// A sealed secret is nonce (12 bytes), ciphertext, tag (16 bytes). The nonce is random, so one key is good for about
// four thousand million secrets (NIST SP 800-38D section 8.3), far more than jobs with a secret are kept. The context
// is authenticated but not stored: what was sealed for one place cannot be opened in another, so that whoever can write
// the file still cannot move a secret from one row to the next. Thread safety: free functions without state.
#pragma once

#include <string>
#include <string_view>

#include "jobs/secret_key.h"

namespace jobs {

// Throws Error(io) when the machine has no random bytes to give.
std::string seal_secret(const SecretKey::Bytes& key, std::string_view secret, std::string_view context);

// Throws Error(wrong_key) when `sealed` was not sealed with this key for this context, or was changed since: GCM cannot
// tell these apart.
std::string open_secret(const SecretKey::Bytes& key, std::string_view sealed, std::string_view context);

}  // namespace jobs
