// support/long_run.h - how much a test tries: enough for every day, or all it knows.
#pragma once

#include <cstdlib>

// Under a sanitizer, which makes everything several times as slow, one in so many will do: every one is tried without.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr int one_in = 5;
#else
inline constexpr int one_in = 1;
#endif

// Set by the environment variable JOBS_LONG, as ./check --all does.
inline bool long_run() { return std::getenv("JOBS_LONG") != nullptr; }
