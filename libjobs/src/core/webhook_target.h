// core/webhook_target.h - what a job may ask for its webhook. Thread safety: a free function without state.
#pragma once

#include "jobs/job.h"

namespace jobs {

// Throws std::invalid_argument for a target whose events could not be made or signed: better at submission than days
// later in a delivery log. Says nothing of where the URL leads, which is the transport's to judge.
void check_webhook_target(const WebhookTarget& target);

}  // namespace jobs
