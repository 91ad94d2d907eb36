// core/failure.h - the failures that the engine itself finds, and how much of any failure is kept.
// Thread safety: free functions without state.
#pragma once

#include <optional>

#include "jobs/job.h"

namespace jobs {

// `failure` with no more of its texts than is stored: 255 bytes of code, 4 KiB of message, 16 KiB of detail.
Failure bounded(Failure failure);

// Why a job failed whose deadline passed. `own`, what its last run reported too late, becomes the detail; one that says the
// same is taken as it is.
Failure deadline_exceeded(const std::optional<Failure>& own = {});

}  // namespace jobs
