// control/admin.h - the administrative operations, each written once. A command that opens the store itself and the
// daemon that serves the control socket both come here.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace jobsd {

class Identity;

// {"op": "user.create", "name", "time_zone", "attributes": {name: [value…]}}   -> {"id"}
// {"op": "key.create", "kind": "organization"|"personal", "user"?}             -> {"token"}
// Answers {"ok": true, "result"} or {"ok": false, "error"}, never throws for what a request can cause. Unknown
// operations and fields are errors: a command of another release must not half work. Waits for the disk.
nlohmann::json perform(Identity& identity, const nlohmann::json& request);

}  // namespace jobsd
