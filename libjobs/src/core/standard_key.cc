#include "core/standard_key.h"

#include <stdexcept>
#include <utility>

#include "core/base64.h"

namespace jobs {
namespace {

constexpr std::string_view key_prefix = "whsec_";

}  // namespace

std::string standard_key(std::string_view secret) {
  if (!secret.starts_with(key_prefix)) return std::string(secret);
  auto key = decode_base64(secret.substr(key_prefix.size()));
  if (!key || key->empty()) {
    throw std::invalid_argument("The signing secret starts with \"whsec_\", but what follows is not base64.");
  }
  return *std::move(key);
}

}  // namespace jobs
