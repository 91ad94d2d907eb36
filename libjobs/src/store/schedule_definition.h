// store/schedule_definition.h - a schedule as JSON text, the form in which it is stored.
// Thread safety: free functions without state.
#pragma once

#include <optional>
#include <string>

#include "core/key_ring.h"
#include "jobs/schedule.h"

namespace jobs::store {

// Everything but its name and whether it is paused. The webhook's secret is sealed with the newest key.
// Throws std::invalid_argument for text that is not UTF-8.
std::string encode_definition(const Schedule& schedule, const KeyRing& keys);

// The reverse, without the webhook's secret.
Schedule decode_definition(const std::string& name, const std::string& text);
// The reverse, with all there is. Throws Error(wrong_key) when there is a secret and no key fits.
Schedule decode_definition(const std::string& name, const std::string& text, const KeyRing& keys);
// The same definition with its secret sealed by the newest key. Empty: it is already, or there is none. Throws Error(wrong_key)
// when no key fits.
std::optional<std::string> seal_definition_again(const std::string& name, const std::string& text, const KeyRing& keys);

// The metadata of a job whose schedule gives it none.
std::string firing_metadata(const std::string& name, Time at);

}  // namespace jobs::store
