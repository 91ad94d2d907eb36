// compile/access.h - the row conditions that a user's attributes put on every query.
#pragma once

#include <optional>
#include <string>

#include "analyst/query.h"

namespace analyst {

// The condition of an access filter for this user; nothing when one of the user's values lifts it. `type` is that of
// the filter's field. Throws Error(not_allowed) when the user lacks the attribute: an empty answer would look like the
// truth.
std::optional<Filter> access_condition(const AccessFilter& filter, const User& user, ValueType type);

}  // namespace analyst
