#include "core/key_ring.h"

#include "jobs/error.h"

namespace jobs {
namespace {

std::optional<std::string> opened_with(const SecretKey& key, std::string_view sealed, std::string_view context) {
  try {
    return key.cryptography().open(key.bytes(), sealed, context);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

decltype(Cryptography::sign) KeyRing::signer() const {
  if (current_) return current_->cryptography().sign;
  return old_.empty() ? nullptr : old_.front().cryptography().sign;
}

std::string KeyRing::seal(std::string_view secret, std::string_view context) const {
  if (!current_) throw Error(Errc::wrong_key, "a webhook secret needs Options::secret_key");
  return current_->cryptography().seal(current_->bytes(), secret, context);
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
