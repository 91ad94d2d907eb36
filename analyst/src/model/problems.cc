#include "model/problems.h"

#include <algorithm>
#include <tuple>

namespace analyst {

void Problems::add(Problem::Severity severity, const Place& place, const std::string& message) {
  if (severity == Problem::Severity::error) ++errors_;
  if (problems_.size() > problems_max) return;
  if (problems_.size() == problems_max) {
    problems_.push_back({.severity = severity, .file = place.file, .message = "and more; mend these first"});
    return;
  }
  const auto same = [&](const Problem& one) {
    return one.severity == severity && one.line == place.line && one.column == place.column &&
           one.message == message && one.file == place.file;
  };
  if (std::any_of(problems_.begin(), problems_.end(), same)) return;
  problems_.push_back({severity, place.file, place.line, place.column, message});
}

std::vector<Problem> Problems::sorted() const {
  std::vector<Problem> result = problems_;
  std::stable_sort(result.begin(), result.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
  });
  return result;
}

Place Places::find(std::string_view path) const {
  while (true) {
    if (const auto found = places_.find(path); found != places_.end()) return found->second;
    const auto slash = path.rfind('/');
    if (slash != std::string_view::npos) {
      path = path.substr(0, slash);
      continue;
    }
    // "view.field" stands within "view".
    const auto dot = path.rfind('.');
    if (dot == std::string_view::npos) return {};
    path = path.substr(0, dot);
  }
}

}  // namespace analyst
