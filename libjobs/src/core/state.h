// core/state.h - which state may follow which, and what a failed attempt leads to.
#pragma once

#include "jobs/job.h"

namespace jobs {

bool may_follow(State from, State to);

// Whether a job whose attempt failed runs again. `attempt` counts all claims, `returned` those handed back.
bool runs_again(int attempt, int returned, int max_attempts, bool retryable);

}  // namespace jobs
