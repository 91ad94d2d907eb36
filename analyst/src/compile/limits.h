// compile/limits.h - how large a query may be, however it came in.
#pragma once

#include <cstddef>

namespace analyst {

constexpr std::size_t fields_max = 100;
constexpr std::size_t filters_max = 100;

}  // namespace analyst
