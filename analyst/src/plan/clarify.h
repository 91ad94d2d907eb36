// plan/clarify.h - says what was not understood, what it may have meant, and what can be asked.
//
// Built from the model as the user may see it and nothing else, so that it never names what is hidden.
// Thread safety: a pure function.
#pragma once

#include <string>
#include <vector>

#include "analyst/model.h"
#include "plan/intent.h"
#include "plan/lexicon.h"

namespace analyst::planning {

// Markdown.
std::string clarify(const Model& model, const Lexicon& lexicon, const std::vector<Trouble>& troubles,
                    const std::string& topic_name);

// Text from people or data, safe inside Markdown.
std::string escape_markdown(std::string_view text);

}  // namespace analyst::planning
