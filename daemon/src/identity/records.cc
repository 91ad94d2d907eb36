#include "identity/records.h"

namespace jobsd {

std::string_view to_string(Role role) { return role == Role::admin ? "admin" : "member"; }

std::optional<Role> parse_role(std::string_view text) {
  for (const Role role : {Role::member, Role::admin}) {
    if (text == to_string(role)) return role;
  }
  return {};
}

std::string_view to_string(TokenKind kind) { return kind == TokenKind::personal ? "personal" : "organization"; }

}  // namespace jobsd
