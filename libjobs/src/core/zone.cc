#include "core/zone.h"

#include <date/tz.h>

#include <algorithm>
#include <stdexcept>

namespace jobs {
namespace {

// Beyond these a stretch goes on for ever; cut so that an offset can be added to them.
constexpr std::chrono::sys_seconds earliest = std::chrono::sys_days(std::chrono::year(-9999) / 1 / 1);
constexpr std::chrono::sys_seconds latest = std::chrono::sys_days(std::chrono::year(20000) / 1 / 1);

const date::time_zone* locate(const std::string& name) {
  if (name == "UTC" || name == "Etc/UTC") return nullptr;
  // The database is a tree of files: a name is only ever looked up in a list of it, never used as a path.
  try {
    return date::locate_zone(name);
  } catch (const std::exception&) {
    throw std::invalid_argument("time zone \"" + name.substr(0, 64) +
                                "\": not in this machine's time zone database (tzdata); use an IANA name such as "
                                "Europe/Berlin, or UTC");
  }
}

}  // namespace

Zone::Zone(const std::string& name) : zone_(locate(name)) {}

Zone::Stretch Zone::at(std::chrono::sys_seconds instant) const {
  if (!zone_) return {earliest, latest, std::chrono::seconds(0)};
  const date::sys_info info = zone_->get_info(instant);
  return {std::max(info.begin, earliest), std::min(info.end, latest), info.offset};
}

}  // namespace jobs
