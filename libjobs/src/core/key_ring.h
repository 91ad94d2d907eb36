// core/key_ring.h - the keys of secrets at rest: the one that seals, and older ones that still open.
//
// Which key sealed a secret is not stored; AES-GCM says whether a key fits. So a key is changed by giving the new one and
// keeping the old until everything is sealed again (run/key_rotation.h). Thread safety: safe once made.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/cryptography.h"
#include "jobs/secret_key.h"

namespace jobs {

class KeyRing {
 public:
  KeyRing(std::optional<SecretKey> current, std::vector<SecretKey> old)
      : current_(std::move(current)), old_(std::move(old)) {}

  bool can_seal() const { return current_.has_value(); }
  // What signs with a secret that was opened. Null: there is no key, so none can be.
  decltype(Cryptography::sign) signer() const;
  bool has_old() const { return !old_.empty(); }

  // Throws Error: wrong_key, when there is no key; io.
  std::string seal(std::string_view secret, std::string_view context) const;

  struct Opened {
    std::string secret = {};
    // It was sealed with an older key.
    bool old = false;
  };
  // Empty: no key fits.
  std::optional<Opened> open(std::string_view sealed, std::string_view context) const;

 private:
  static std::optional<std::string> opened_with(const SecretKey& key, std::string_view sealed, std::string_view context);

  const std::optional<SecretKey> current_;
  const std::vector<SecretKey> old_;
};

}  // namespace jobs
