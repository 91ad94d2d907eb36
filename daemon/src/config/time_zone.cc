#include "config/time_zone.h"

#include <date/tz.h>

#include <stdexcept>

namespace jobsd {

bool known_time_zone(std::string_view name) {
  try {
    return date::locate_zone(name) != nullptr;
  } catch (const std::runtime_error&) {
    return false;
  }
}

}  // namespace jobsd
