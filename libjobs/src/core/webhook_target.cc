#include "core/webhook_target.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "jobs/signature.h"

namespace jobs {
namespace {

constexpr std::size_t kUrlBytesMax = 8 * 1024;
constexpr std::size_t kSecretBytesMax = 4 * 1024;
constexpr std::size_t kMetadataBytesMax = 64 * 1024;

}  // namespace

void check_webhook_target(const WebhookTarget& target) {
  if (target.url.empty()) throw std::invalid_argument("webhook.url: required");
  if (target.url.size() > kUrlBytesMax) throw std::invalid_argument("webhook.url: at most 8192 bytes");
  if (target.secret.size() > kSecretBytesMax) throw std::invalid_argument("webhook.secret: at most 4096 bytes");
  if (!target.secret.empty()) {
    try {
      standard_signature(target.secret, "", "0", "");
    } catch (const std::invalid_argument&) {
      throw std::invalid_argument("webhook.secret: starts with \"whsec_\", but what follows is not base64");
    }
  }
  if (target.metadata.size() > kMetadataBytesMax) throw std::invalid_argument("webhook.metadata: at most 65536 bytes");
  // It goes into the body as it is.
  if (!target.metadata.empty() && !nlohmann::json::accept(target.metadata)) {
    throw std::invalid_argument("webhook.metadata: not JSON");
  }
}

}  // namespace jobs
