// control/admin.h - the administrative operations, each written once. A command that opens the store itself and the
// daemon that serves the control socket both come here.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace jobsd {

struct Actor;
class Identity;

// {"op": "organization.create", "name"}                                                           -> {"id"}
// {"op": "user.create", "name", "time_zone", "attributes"?: {name: [value…]}, "organization"?, "role"?}   -> {"id"}
// {"op": "user.disable"|"user.enable", "user"}                                                    -> {}
// {"op": "user.role", "user", "role"}                                                             -> {}
// {"op": "key.create", "kind", "user"?, "organization"?, "name"?, "lifetime_ms"?}                 -> {"token"}
// {"op": "key.revoke", "key"}                                                                     -> {}
// {"op": "organization.list", "cursor"?, "page_size"?}                                            -> {"items": […], "next"}
// {"op": "user.list"|"audit.list", "organization"?, "cursor"?, "page_size"?}                      -> {"items": […], "next"}
// {"op": "key.list", "organization"?, "user"?, "cursor"?, "page_size"?}                           -> {"items": […], "next"}
// Ids are UUIDs, times are milliseconds since 1970. Answers {"ok": true, "result"} or {"ok": false, "error"}, never throws
// for what a request can cause. Unknown operations and fields are errors: a command of another release must not half work.
// Waits for the disk. `by` is who the audit log names.
nlohmann::json perform(Identity& identity, const nlohmann::json& request, const Actor& by);

}  // namespace jobsd
