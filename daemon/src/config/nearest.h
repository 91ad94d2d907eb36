// config/nearest.h - what somebody who made a typing error probably meant.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace jobsd {

// The candidate within a third of the word's length (at least one, at most three) insertions, deletions, substitutions
// and swaps of neighbours. Empty: none is that near. The first of equally near ones.
std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace jobsd
