// support/long_run.h - how much a test tries: enough for every day, or all it knows.
#pragma once

#include <cstdlib>

// Set by the environment variable JOBS_LONG, as ./check --all does.
inline bool long_run() { return std::getenv("JOBS_LONG") != nullptr; }
