// model/nearest.h - the word that was probably meant, for error messages.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace analyst {

// Insertions, deletions, substitutions and swaps of neighbouring characters that turn `a` into `b`.
int edit_distance(std::string_view a, std::string_view b);

// The candidate nearest to `word`, letter case ignored; nothing when none is near enough to be a slip of the keyboard.
// Of equally near ones, one with the same first letter
// wins, then the first.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates);

// "; did you mean \"x\"?", or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace analyst
