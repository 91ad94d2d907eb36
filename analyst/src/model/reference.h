// model/reference.h - ${references} inside the SQL of a model: the one place that knows how they are written.
//
//   ${field}   ${view.field}   ${view.field[timeframe]}
//
// What stands inside a string literal, a quoted identifier or a comment is text, not a reference.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyst/model.h"

namespace analyst {

struct Reference {
  // Empty: the view that holds the SQL.
  std::string view = {};
  std::string field = {};
  std::optional<Timeframe> timeframe = {};
  // Where it stands, from the "$" to past the "}".
  std::size_t offset = 0;
  std::size_t length = 0;
};

// In the order of the text. What looks like a reference and is none is left out, and said in `malformed` when given.
std::vector<Reference> references(std::string_view sql, std::vector<std::string>* malformed = nullptr);

// `sql` with every reference replaced by what `replacement` returns for it.
std::string replace_references(std::string_view sql, const std::function<std::string(const Reference&)>& replacement);

// "${view.field[timeframe]}"
std::string to_string(const Reference& reference);

// Letters, digits and underscores, not starting with a digit: what a view or field may be called.
bool is_name(std::string_view text);

}  // namespace analyst
