#include "jobs/secret_key.h"

#include "core/cryptography.h"

namespace jobs {
namespace {

constexpr Cryptography openssl = {.seal = &seal_secret, .open = &open_secret, .sign = &signature_headers};

}  // namespace

SecretKey::SecretKey(const Bytes& bytes) : bytes_(bytes), cryptography_(&openssl) {}

}  // namespace jobs
