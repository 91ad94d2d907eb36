#include "ai/user.h"

namespace jobsd {

analyst::User analyst_user(const std::optional<User>& user) {
  if (!user) return {};
  return {.id = user->id.to_string(), .attributes = user->attributes, .time_zone = user->time_zone};
}

}  // namespace jobsd
