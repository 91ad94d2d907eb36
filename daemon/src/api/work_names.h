// api/work_names.h - how the work of organizations is kept apart in one engine.
//
// A queue or schedule of an organization has the organization's id in front of its name: "<id>/mail". So a job says by its
// queue whose it is, no worker can claim another organization's, and the queues of the daemon itself belong to nobody.
// Thread safety: free functions without state.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "jobs/job.h"
#include "jobs/uuid.h"

namespace jobsd {

// So that what stands in front of it has room in the engine's names.
inline constexpr std::size_t work_name_bytes_max = 200;

std::string work_name(const jobs::Uuid& organization, std::string_view name);
// The name as the organization knows it. Empty: it is another's.
std::optional<std::string> own_name(const jobs::Uuid& organization, std::string_view engine_name);

// The tag by which all jobs of an organization are listed. Those that the client gives are work_name()s: two organizations'
// tags are two tags, so that a list never comes across another's job.
std::string work_tag(const jobs::Uuid& organization);

// Unique keys of two organizations are two keys.
std::string work_key(const jobs::Uuid& organization, std::string_view key);

}  // namespace jobsd
