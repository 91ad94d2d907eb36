#include "compile/zone.h"

#include <chrono>

#include "analyst/error.h"
#include "date/tz.h"

namespace analyst {

namespace {

const date::time_zone* locate(const std::string& name) {
  // The database is a tree of files: a name is only ever looked up in it, never used as a path.
  try {
    return date::locate_zone(name);
  } catch (const std::exception&) {
    throw Error(Errc::bad_query, "The time zone of this user is not known. Use an IANA name such as Europe/Berlin.");
  }
}

bool never_differs(const std::string& name) {
  return name == "UTC" || name == "Etc/UTC" || name == "GMT" || name == "Etc/GMT" || name == "Zulu" ||
         name == "Etc/Zulu" || name == "Universal" || name == "Etc/Universal" || name == "UCT" || name == "Etc/UCT" ||
         name == "Greenwich" || name == "Etc/Greenwich" || name == "GMT0" || name == "Etc/GMT0";
}

}  // namespace

Zone::Zone(const std::string& name) : zone_(locate(name)), utc_(never_differs(name)) {}

date::local_seconds Zone::to_local(date::sys_seconds instant) const {
  return zone_->to_local(instant);
}

date::sys_seconds Zone::to_utc(date::local_seconds local) const {
  const date::local_info info = zone_->get_info(local);
  if (info.result == date::local_info::nonexistent) return info.first.end;
  return date::sys_seconds(local.time_since_epoch()) - info.first.offset;
}

std::vector<Zone::Offset> Zone::offsets(date::sys_seconds from, date::sys_seconds until) const {
  std::vector<Offset> offsets;
  date::sys_seconds at = from;
  while (offsets.empty() || at < until) {
    const date::sys_info info = zone_->get_info(at);
    if (offsets.empty() || offsets.back().offset != info.offset.count()) offsets.push_back({at, info.offset.count()});
    if (info.end <= at) break;
    at = info.end;
  }
  return offsets;
}

}  // namespace analyst
