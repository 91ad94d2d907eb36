// jobs/secret_key.h - the key that encrypts webhook secrets at rest.
#pragma once

#include <array>
#include <cstddef>

namespace jobs {

struct Cryptography;
class KeyRing;

// 32 random bytes. Making one is what links OpenSSL into a static program: one that signs no webhooks goes without.
class SecretKey {
 public:
  using Bytes = std::array<std::byte, 32>;

  // Not explicit: the bytes are the key.
  SecretKey(const Bytes& bytes);

 private:
  friend class KeyRing;

  Bytes bytes_;
  const Cryptography* cryptography_;
};

}  // namespace jobs
