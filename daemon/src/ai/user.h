// ai/user.h - a user of the daemon as the analyst knows one.
#pragma once

#include <optional>

#include "analyst/user.h"
#include "identity/identity.h"

namespace jobsd {

// Without a user it is the organization itself that asks: nobody's attributes, so that access filters and grants apply in
// full.
analyst::User analyst_user(const std::optional<User>& user);

}  // namespace jobsd
