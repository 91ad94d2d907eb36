// core/queue_options.h - which options a queue can have.
#pragma once

#include <string>

#include "jobs/queue.h"

namespace jobs {

// Throws std::invalid_argument for a name that no queue can have.
void check_queue_name(const std::string& name);
// Throws std::invalid_argument for options that make no sense.
void check_queue(const std::string& name, const QueueOptions& options);

}  // namespace jobs
