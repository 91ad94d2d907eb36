#include "api/work_wire.h"

#include <nlohmann/json.hpp>

#include "api/wire.h"
#include "api/work_names.h"
#include "iso_time.h"

namespace jobsd::wire {
namespace {

using nlohmann::ordered_json;

ordered_json time_or_null(const std::optional<jobs::Time>& time) {
  return time ? ordered_json(iso_time(*time)) : ordered_json(nullptr);
}

ordered_json tags_json(const std::vector<std::string>& tags, const jobs::Uuid& organization) {
  ordered_json shown = ordered_json::array();
  for (const std::string& tag : tags) {
    if (auto own = own_name(organization, tag); own && !own->empty()) shown.push_back(std::move(*own));
  }
  return shown;
}

double seconds(std::chrono::milliseconds span) { return static_cast<double>(span.count()) / 1000; }

std::string_view name_of(jobs::CatchUp catch_up) {
  switch (catch_up) {
    case jobs::CatchUp::none: return "none";
    case jobs::CatchUp::latest: return "latest";
    case jobs::CatchUp::all: return "all";
  }
  return "";
}

ordered_json throughput_json(const jobs::Throughput& counts) {
  return {{"submitted", counts.submitted}, {"started", counts.started}, {"retried", counts.retried},
          {"completed", counts.completed}, {"failed", counts.failed},   {"cancelled", counts.cancelled}};
}

}  // namespace

ordered_json value(const std::string& text) {
  if (text.empty()) return nullptr;
  auto parsed = ordered_json::parse(text, nullptr, false);
  return parsed.is_discarded() ? ordered_json(text) : parsed;
}

ordered_json work_job(const jobs::Job& job, const jobs::Uuid& organization, ApiConfig::StateNames names) {
  ordered_json object;
  object["id"] = job.id.to_string();
  object["kind"] = job.kind;
  object["queue"] = own_name(organization, job.queue).value_or("");
  object["key"] = job.key;
  object["state"] = state(job.state, names);
  object["priority"] = job.priority;
  object["attempt"] = job.attempt;
  object["attemptsReturned"] = job.attempts_returned;
  object["maxAttempts"] = job.max_attempts;
  object["timeLimitSeconds"] = seconds(job.time_limit);
  object["payload"] = value(job.payload);
  object["metadata"] = value(job.metadata);
  object["tags"] = tags_json(job.tags, organization);
  object["traceparent"] = job.trace.empty() ? ordered_json(nullptr) : ordered_json(job.trace);
  object["createdAt"] = iso_time(job.created_at);
  object["updatedAt"] = iso_time(job.updated_at);
  object["runAt"] = iso_time(job.run_at);
  object["deadline"] = time_or_null(job.deadline);
  object["startedAt"] = time_or_null(job.started_at);
  object["finishedAt"] = time_or_null(job.finished_at);
  object["progress"] = job.progress ? ordered_json{{"iteration", job.progress->iteration},
                                                   {"message", job.progress->message},
                                                   {"updatedAt", iso_time(job.progress->at)}}
                                    : ordered_json(nullptr);
  object["openJobs"] = job.open_jobs;
  object["cancelRequested"] = job.cancel_requested;
  object["summary"] = job.summary;
  object["error"] = job.failure ? ordered_json{{"code", job.failure->code},
                                               {"message", job.failure->message},
                                               {"detail", job.failure->detail}}
                                : ordered_json(nullptr);
  return object;
}

ordered_json work_queue(const jobs::QueueStatistics& queue, const jobs::Uuid& organization) {
  return {{"name", own_name(organization, queue.queue).value_or("")},
          {"paused", queue.paused},
          {"ready", queue.ready},
          {"scheduled", queue.scheduled},
          {"waiting", queue.waiting},
          {"running", queue.running},
          {"oldestReadySeconds", seconds(queue.oldest_ready)},
          {"sinceStart", throughput_json(queue.since_open)},
          {"lastMinute", throughput_json(queue.last_minute)}};
}

ordered_json work_schedule(const jobs::ScheduleStatus& status, const jobs::Uuid& organization) {
  const jobs::Schedule& schedule = status.schedule;
  return {{"name", own_name(organization, schedule.name).value_or("")},
          {"expression", schedule.expression},
          {"timeZone", schedule.time_zone},
          {"catchUp", name_of(schedule.catch_up)},
          {"overlap", schedule.overlap == jobs::Overlap::skip ? "skip" : "allow"},
          {"paused", schedule.paused},
          {"job",
           {{"kind", schedule.job.kind},
            {"queue", own_name(organization, schedule.job.queue).value_or("")},
            {"key", schedule.job.key},
            {"payload", value(schedule.job.payload)},
            {"priority", schedule.job.priority},
            {"maxAttempts", schedule.job.max_attempts},
            {"tags", tags_json(schedule.job.tags, organization)}}},
          {"nextAt", time_or_null(status.next_at)},
          {"lastAt", time_or_null(status.last_at)},
          {"lastJobId", status.last_job ? ordered_json(status.last_job->to_string()) : ordered_json(nullptr)}};
}

}  // namespace jobsd::wire
