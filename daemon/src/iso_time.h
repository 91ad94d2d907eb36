// iso_time.h - times as the API writes and reads them: "2025-01-15T10:00:05.000Z".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "jobs/clock.h"

namespace jobsd {

std::string iso_time(jobs::Time time);
// UTC alone ("Z"), with or without a fraction of up to three digits; a bare date is its midnight. Anything else is empty.
std::optional<jobs::Time> parse_iso_time(std::string_view text);

}  // namespace jobsd
