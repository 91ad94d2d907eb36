// ai/answer_handler.h - what runs when a job of kind "ai.answer" is claimed: the analyst, journalled by the engine.
//
// Every query of the analyst is a step of the job, so that a run that is interrupted is resumed without paying for it twice.
// Questions about "this month" are relative to the moment the job was submitted, not to the moment a retry happens to run.
//
// Failures: not_allowed, bad_query, too_large, model_not_found and user_not_found are final, because another attempt would
// end the same way; "database" is tried again.
#pragma once

#include <string>

#include "ai/models.h"
#include "config/config.h"
#include "identity/identity.h"
#include "jobs/engine.h"

namespace jobsd {

// All of it must outlive the engine's workers.
struct AnswerHandlerParts {
  jobs::Engine& engine;
  const Models& models;
  const Identity& identity;
  analyst::Limits limits = {};
  // Without a slash at its end.
  std::string public_url = {};
  jobs::LogCallback log = {};
};

jobs::Handler answer_handler(AnswerHandlerParts parts);

// The address of a conversation's page.
std::string conversation_url(std::string_view public_url, const jobs::Uuid& conversation);

}  // namespace jobsd
