#include "api/status_cache.h"

namespace jobsd {
namespace {

constexpr std::size_t body_bytes_max = 4 * 1024;

}  // namespace

const std::string* StatusCache::find(const jobs::JobId& job, const Viewer& viewer, std::uint64_t changes) {
  const auto found = by_job_.find(job);
  if (found == by_job_.end()) return nullptr;
  const Answer& answer = *found->second;
  if (answer.changes != changes || answer.viewer != viewer) return nullptr;
  answers_.splice(answers_.begin(), answers_, found->second);
  return &answer.body;
}

void StatusCache::keep(const jobs::JobId& job, const Viewer& viewer, std::uint64_t changes, const std::string& body) {
  if (body.size() > body_bytes_max) return;
  if (const auto found = by_job_.find(job); found != by_job_.end()) {
    *found->second = {job, viewer, changes, body};
    answers_.splice(answers_.begin(), answers_, found->second);
    return;
  }
  if (answers_.size() == answers_max_) {
    by_job_.erase(answers_.back().job);
    answers_.pop_back();
  }
  answers_.push_front({job, viewer, changes, body});
  by_job_.emplace(job, answers_.begin());
}

}  // namespace jobsd
