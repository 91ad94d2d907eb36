// support/long_run.h - how much a test tries: enough for every day, or all it knows.
#pragma once

#include <cstdlib>

// Under a sanitizer, which makes everything several times as slow, one in so many will do: every one is tried without.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TEST_SANITIZED
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TEST_SANITIZED
#endif

#ifdef TEST_SANITIZED
inline constexpr int one_in = 5;
#else
inline constexpr int one_in = 1;
#endif

// Set by the environment variable JOBS_LONG, as ./check --all does.
inline bool long_run() { return std::getenv("JOBS_LONG") != nullptr; }
