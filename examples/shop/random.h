// shop/random.h - random numbers that are the same on every machine.
//
// The standard library's engines are portable but its distributions are not, so both are written out here: SplitMix64
// (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014) and integer weights.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>

namespace shop {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  }

  // 0 to bound-1. The bias of the modulo is below 2^-32 for the small bounds used here.
  std::int64_t below(std::int64_t bound) {
    assert(bound > 0);
    return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(bound));
  }
  // low to high, both included.
  std::int64_t between(std::int64_t low, std::int64_t high) { return low + below(high - low + 1); }
  bool chance(int percent) { return below(100) < percent; }

  // An index, drawn in proportion to its weight.
  std::size_t weighted(std::span<const int> weights) {
    std::int64_t total = 0;
    for (const int weight : weights) total += weight;
    std::int64_t left = below(total);
    for (std::size_t i = 0; i + 1 < weights.size(); ++i) {
      left -= weights[i];
      if (left < 0) return i;
    }
    return weights.size() - 1;
  }

  template <typename Range>
  const auto& pick(const Range& range) {
    return range[static_cast<std::size_t>(below(static_cast<std::int64_t>(std::size(range))))];
  }

 private:
  std::uint64_t state_;
};

}  // namespace shop
