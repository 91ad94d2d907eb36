// answer/compose.h - proven sentences become the answer's Markdown.
#pragma once

#include <string>

#include "answer/narrate.h"

namespace analyst::answering {

struct Composed {
  std::string message = {};
  // The headline alone.
  std::string summary = {};
  // Sentences that had no proof and were left out.
  int dropped = 0;
};

Composed compose(const Narrative& narrative, const std::vector<QueryResult>& results);

}  // namespace analyst::answering
