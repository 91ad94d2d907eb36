// api/work_wire.h - the shapes in which the engine's jobs, queues and schedules are answered.
//
// Thread safety: free functions without state.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "config/config.h"
#include "jobs/job.h"
#include "jobs/queue.h"
#include "jobs/schedule.h"
#include "jobs/uuid.h"

namespace jobsd::wire {

// JSON that a client gave and gets back. Text that is none becomes a string; none at all becomes null.
nlohmann::ordered_json value(const std::string& text);

nlohmann::ordered_json work_job(const jobs::Job& job, const jobs::Uuid& organization, ApiConfig::StateNames names);
nlohmann::ordered_json work_queue(const jobs::QueueStatistics& queue, const jobs::Uuid& organization);
nlohmann::ordered_json work_schedule(const jobs::ScheduleStatus& status, const jobs::Uuid& organization);

}  // namespace jobsd::wire
