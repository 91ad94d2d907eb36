// metrics/process.h - what the process uses, by the names that Prometheus' own clients give it
// (https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics). Read from /proc (proc(5)).
#pragma once

#include "metrics/exposition.h"

namespace jobsd {

// What cannot be read is left out.
void write_process(Exposition& out);

}  // namespace jobsd
