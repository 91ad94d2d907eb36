// app/log.h - the log of the process: one line an event, on standard error.
//
// In a terminal each line has its time and level. Under systemd, whose journal keeps both itself, a line has only the "<n>" that
// tells the journal its level.
#pragma once

#include "app/daemon.h"
#include "config/config.h"

namespace jobsd {

LogLine open_log(const LogConfig& config);

}  // namespace jobsd
