#include "core/webhook_target.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "core/standard_key.h"

namespace jobs {
namespace {

constexpr std::size_t kUrlBytesMax = 8 * 1024;
constexpr std::size_t kSecretBytesMax = 4 * 1024;
constexpr std::size_t kMetadataBytesMax = 64 * 1024;

void check_secret(const std::string& secret, const std::string& field) {
  if (secret.size() > kSecretBytesMax) throw std::invalid_argument(field + ": at most 4096 bytes");
  if (secret.find('\0') != std::string::npos) throw std::invalid_argument(field + ": without NUL");
  if (secret.empty()) return;
  try {
    standard_key(secret);
  } catch (const std::invalid_argument&) {
    throw std::invalid_argument(field + ": starts with \"whsec_\", but what follows is not base64");
  }
}

}  // namespace

void check_webhook_target(const WebhookTarget& target) {
  if (target.url.empty()) throw std::invalid_argument("webhook.url: required");
  if (target.url.size() > kUrlBytesMax) throw std::invalid_argument("webhook.url: at most 8192 bytes");
  check_secret(target.secret, "webhook.secret");
  check_secret(target.old_secret, "webhook.old_secret");
  if (target.secret.empty() && !target.old_secret.empty()) {
    throw std::invalid_argument("webhook.old_secret: needs a secret that it makes way for");
  }
  if (target.metadata.size() > kMetadataBytesMax) throw std::invalid_argument("webhook.metadata: at most 65536 bytes");
  // It goes into the body as it is.
  if (!target.metadata.empty() && !nlohmann::json::accept(target.metadata)) {
    throw std::invalid_argument("webhook.metadata: not JSON");
  }
}

}  // namespace jobs
