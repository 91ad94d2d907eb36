// app/log.h - the log of the process: one line an event, on standard error.
//
// Each line has its time and level. Where standard error is systemd's journal, which keeps both itself, a line goes there as an
// entry with fields (app/journal.h).
#pragma once

#include "app/daemon.h"
#include "config/config.h"

namespace jobsd {

LogLine open_log(const LogConfig& config);

}  // namespace jobsd
