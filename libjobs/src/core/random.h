// core/random.h - the engine's default source of random bits.
#pragma once

#include <cstdint>
#include <functional>

namespace jobs {

// Bits from the system's generator, fetched a block at a time. The returned function is for one thread at a time.
std::function<std::uint64_t()> random_source();

}  // namespace jobs
