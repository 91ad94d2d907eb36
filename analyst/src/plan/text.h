// plan/text.h - small pure helpers for reading English: case, singular forms, distance.
//
// Both sides of every comparison (the question and the model's words) go through the same functions, so a form that is
// wrong as English but the same on both sides still matches. Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace analyst::planning {

// ASCII and the Latin-1 letters of UTF-8; everything else is left alone.
std::string lower(std::string_view text);

// "Shoes" and "shoe" give the same, so do "categories" and "category". Expects lower case.
std::string singular(std::string_view word);

// The words of a phrase as the recognisers compare them, joined by single spaces: "Middle East & Africa" and
// "middle east and africa" give the same.
std::string stems(std::string_view phrase);

// Edits between two texts, or `limit` + 1 as soon as it is more than that.
int edits(std::string_view left, std::string_view right, int limit);

// "a", "a and b", "a, b and c".
std::string list_in_words(const std::vector<std::string>& items, std::string_view last = "and");

}  // namespace analyst::planning
