#include "core/key_ring.h"

#include "jobs/error.h"

namespace jobs {

std::optional<std::string> KeyRing::opened_with(const SecretKey& key, std::string_view sealed, std::string_view context) {
  try {
    return key.cryptography_->open(key.bytes_, sealed, context);
  } catch (const Error&) {
    return std::nullopt;
  }
}

decltype(Cryptography::sign) KeyRing::signer() const {
  if (current_) return current_->cryptography_->sign;
  return old_.empty() ? nullptr : old_.front().cryptography_->sign;
}

std::string KeyRing::seal(std::string_view secret, std::string_view context) const {
  if (!current_) throw Error(Errc::wrong_key, "a webhook secret needs Options::secret_key");
  return current_->cryptography_->seal(current_->bytes_, secret, context);
}

std::optional<KeyRing::Opened> KeyRing::open(std::string_view sealed, std::string_view context) const {
  if (current_) {
    if (auto secret = opened_with(*current_, sealed, context)) return Opened{.secret = std::move(*secret)};
  }
  for (const SecretKey& key : old_) {
    if (auto secret = opened_with(key, sealed, context)) return Opened{.secret = std::move(*secret), .old = true};
  }
  return std::nullopt;
}

}  // namespace jobs
