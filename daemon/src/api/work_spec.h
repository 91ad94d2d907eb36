// api/work_spec.h - what a client may ask of the engine, read from JSON.
//
// Everything throws ApiError 400 that names the field.
// Thread safety: free functions without state.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "jobs/job.h"
#include "jobs/schedule.h"
#include "outbound/guard.h"

namespace jobsd {

// `body` with its text, since payload and metadata are kept byte for byte.
struct WorkBody {
  const nlohmann::json& body;
  std::string_view text;
};

jobs::JobSpec read_work_spec(const WorkBody& given, const jobs::Uuid& organization, const outbound::Guard& guard);
// `name` is the organization's.
jobs::Schedule read_work_schedule(const WorkBody& given, const std::string& name, const jobs::Uuid& organization,
                                  const outbound::Guard& guard);

// ---- Single fields ----

// 1 to work_name_bytes_max bytes, none of them a slash or a control character.
void check_work_name(const std::string& name, const std::string& field);
std::optional<std::int64_t> optional_integer(const nlohmann::json& body, const std::string& field, std::int64_t least,
                                             std::int64_t most);
// Seconds, also with a fraction: "leaseSeconds": 2.5.
std::optional<std::chrono::milliseconds> optional_seconds(const nlohmann::json& body, const std::string& field,
                                                          std::chrono::milliseconds least, std::chrono::milliseconds most);
// Any JSON value, as it was written. Empty: there is no such field.
std::optional<std::string> optional_value(const WorkBody& given, const std::string& field);

}  // namespace jobsd
