// core/standard_key.h - the key that a secret of the Standard Webhooks form stands for. Thread safety: a free function without state.
#pragma once

#include <string>
#include <string_view>

namespace jobs {

// What follows "whsec_" is the key in base64; a secret without that prefix is the key itself
// (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
// Throws std::invalid_argument when it is not base64.
std::string standard_key(std::string_view secret);

}  // namespace jobs
