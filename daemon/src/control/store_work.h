// control/store_work.h - the operations on the store as a whole and on the receivers of webhooks, each written once: for a command that
// opens the store itself and for the daemon that serves the control socket.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>

namespace jobs {
class Engine;
}

namespace jobsd {

bool is_store_work(const nlohmann::json& request);

// {"op": "store.backup", "path"}      -> {"bytes"}: a copy of the store in a new file, at an absolute path
// {"op": "store.check", "quick"}      -> {"problems": [line…]}
// {"op": "receiver.list", "cursor"?, "page_size"?} -> {"items": [{"host", "failing_since", "failures", "held_until", "disabled_at"}…],
//                                                      "next"}; the cursor is a host
// {"op": "receiver.enable", "host"}   -> {}
// Times are milliseconds since 1970. Answers {"ok": true, "result"} or {"ok": false, "error"}. A backup may take minutes: `tell` is
// given {"done", "of"} in bytes now and then, and ends it by throwing, which leaves nothing behind.
nlohmann::json perform_on_store(jobs::Engine& engine, const nlohmann::json& request,
                                const std::function<void(const nlohmann::json&)>& tell);

}  // namespace jobsd
