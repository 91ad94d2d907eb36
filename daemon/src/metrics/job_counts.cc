#include "metrics/job_counts.h"

namespace jobsd {

using jobs::EventType;

JobCounts::JobCounts(jobs::Engine& engine) {
  subscription_ = engine.subscribe([this](std::span<const jobs::Event> events) {
    for (const jobs::Event& event : events) {
      const auto type = static_cast<std::size_t>(event.type);
      if (type < events_.size()) events_[type].fetch_add(1, std::memory_order_relaxed);
    }
  });
}

void JobCounts::write(Exposition& out) const {
  using Type = Exposition::Type;
  out.single("jobsd_jobs_submitted_total", Type::counter, "Jobs that were taken.", of(EventType::created));
  out.family("jobsd_jobs_finished_total", Type::counter, "Jobs that ended, by how.");
  out.sample("jobsd_jobs_finished_total", {{"outcome", "complete"}}, of(EventType::completed));
  out.sample("jobsd_jobs_finished_total", {{"outcome", "failed"}}, of(EventType::failed));
  out.sample("jobsd_jobs_finished_total", {{"outcome", "cancelled"}}, of(EventType::cancelled));
  out.single("jobsd_job_attempts_total", Type::counter, "Runs that were started.", of(EventType::started));
  out.single("jobsd_job_retries_total", Type::counter, "Runs that failed and will be tried again.", of(EventType::retry));
}

}  // namespace jobsd
