// store/schedule_definition.h - a schedule as JSON text, the form in which it is stored.
// Thread safety: free functions without state.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>

#include "jobs/schedule.h"

namespace jobs::store {

// Everything but its name and whether it is paused. The webhook's secret is sealed with `key`.
// Throws std::invalid_argument for text that is not UTF-8.
std::string encode_definition(const Schedule& schedule, const std::optional<std::array<std::byte, 32>>& key);

// The reverse, without the webhook's secret.
Schedule decode_definition(const std::string& name, const std::string& text);
// The reverse, with all there is. Throws Error(wrong_key) when there is a secret and `key` is not the one.
Schedule decode_definition(const std::string& name, const std::string& text,
                           const std::optional<std::array<std::byte, 32>>& key);

// The metadata of a job whose schedule gives it none.
std::string firing_metadata(const std::string& name, Time at);

}  // namespace jobs::store
