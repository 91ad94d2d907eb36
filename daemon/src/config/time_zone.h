// config/time_zone.h - is this the name of a time zone?
#pragma once

#include <string_view>

namespace jobsd {

// An IANA name ("Europe/Berlin") that the system's time zone database has. Thread-safe.
bool known_time_zone(std::string_view name);

}  // namespace jobsd
