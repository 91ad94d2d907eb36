// api/json_text.h - looking at JSON as text, where parsing would lose what must stay as it was written.
//
// Both functions expect text that a parser has accepted; on other text they return something, but never read outside it.
// Thread safety: free functions without state.
#pragma once

#include <optional>
#include <string_view>

namespace jobsd {

// The value of a member of the outermost object, byte for byte: of the last one when the name is repeated, which is the one
// that the parser keeps. Empty: there is none.
std::optional<std::string_view> member_text(std::string_view object, std::string_view name);

// How many arrays and objects are open at once at the deepest place. Meant to be asked before parsing.
int nesting_depth(std::string_view json);

}  // namespace jobsd
