// app/serve.h - `jobsd serve`: the daemon as a process, with its log, its signals and its service manager.
#pragma once

#include "config/config.h"

namespace jobsd {

// Serves until SIGTERM or SIGINT and returns the exit status: 0 after a graceful stop. A second signal ends the process at
// once; what was acknowledged is on disk by then. Throws what Daemon's constructor throws.
//
// Prints "jobsd listening on http://127.0.0.1:8080" on standard output when requests are answered, and nothing else there.
int serve(const Config& config);

}  // namespace jobsd
