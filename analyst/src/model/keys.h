// model/keys.h - every key of the model's files, and what becomes of it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace analyst {

// The keys that one kind of map may have.
struct Keys {
  // "a dimension", for messages.
  std::string_view of;
  std::span<const std::string_view> used;
  // Known, without influence on numbers or on who sees what: a warning, and the rest of the map is used.
  std::span<const std::string_view> not_used;
  // Known, and without it the numbers would be other ones or more would be shown: what has it is left out, with a warning.
  // Leaving it out is the only choice that is never wrong.
  std::span<const std::string_view> needed;

  bool is_used(std::string_view key) const;
  bool is_not_used(std::string_view key) const;
  bool is_needed(std::string_view key) const;
  std::vector<std::string> all() const;
};

extern const Keys model_keys;
extern const Keys access_grant_keys;
extern const Keys access_filter_keys;
extern const Keys view_keys;
extern const Keys dimension_keys;
extern const Keys measure_keys;
extern const Keys relationship_keys;
extern const Keys topic_keys;
extern const Keys sample_query_keys;
// The operators of filters: `needed` are the dialect's that are not built yet.
extern const Keys filter_keys;

}  // namespace analyst
