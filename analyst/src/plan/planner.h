// plan/planner.h - the planner as a function of the model, the words, the question before, and today.
//
//   tokens (token.h) → spans (read.h, one recogniser a file) → intent (intent.h) → draft per scope (assemble.h)
//
// A new kind of phrase is a recogniser that proposes spans, and a case in intent.cc that says what it does.
// Why no grammar: questions are typed in fragments, and a grammar fails at the first word it lacks, whereas spans tell
// exactly which words were not understood.
#pragma once

#include <string>
#include <vector>

#include "analyst/analyst.h"
#include "plan/reading.h"
#include "plan/values.h"

namespace analyst::planning {

// Longer questions are for a language model.
constexpr std::size_t tokens_max = 120;

// Where a question may be asked.
struct Places {
  // In topics alone, never of one view without its topic.
  bool topics_only = false;
  // By name; empty: any topic.
  std::vector<std::string> topics = {};

  bool allows(const Topic* topic) const;
};

Reading make_reading(const Model& visible_model, Values& values, const Question& question, const User& user,
                     const Places& places = {});

}  // namespace analyst::planning
