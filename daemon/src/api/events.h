// api/events.h - the log of one job, as pages of JSON or as server-sent events: what GET …/events has in common for every kind
// of job.
#pragma once

#include <functional>
#include <optional>

#include "api/service.h"
#include "jobs/job.h"

namespace jobsd {

// The job, if whoever asks may see it. Called on a reader thread.
using FindJob = std::function<std::optional<jobs::Job>(jobs::Reader& reader, const jobs::JobId& id)>;

// Throws ApiError: 400; 404 for what is not found; 503 when too many streams are open.
asio::awaitable<http::Response> answer_events(Service& service, const Call& call, FindJob find);

}  // namespace jobsd
