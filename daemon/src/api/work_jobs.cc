// POST and GET /jobs, POST /jobs/batch, GET /jobs/{id}, /result and /events, POST /jobs/{id}/cancel and /retry.
#include <nlohmann/json.hpp>

#include "api/await.h"
#include "api/events.h"
#include "api/json_body.h"
#include "api/trace.h"
#include "api/work.h"
#include "api/work_names.h"
#include "api/work_spec.h"
#include "api/work_wire.h"

namespace jobsd {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t batch_max = 1000;

std::string_view name_of(jobs::Submitted::Outcome outcome) {
  switch (outcome) {
    case jobs::Submitted::Outcome::created: return "created";
    case jobs::Submitted::Outcome::existing: return "existing";
    case jobs::Submitted::Outcome::refused: return "refused";
    case jobs::Submitted::Outcome::replaced: return "replaced";
  }
  return "";
}

ordered_json id_or_null(const jobs::JobId& id) {
  return id == jobs::JobId() ? ordered_json(nullptr) : ordered_json(id.to_string());
}

// Of a key that is held, only the organization's own jobs can be the holder: keys carry the organization.
ordered_json submitted_json(const jobs::Submitted& submitted) {
  return {{"outcome", name_of(submitted.outcome)},
          {"jobId", id_or_null(submitted.id)},
          {"holderJobId", id_or_null(submitted.holder)}};
}

// All of them or none. Throws ApiError 404 when one comes after a job that the organization does not have, 409.
asio::awaitable<std::vector<jobs::Submitted>> submit(Service& service, jobs::Uuid organization, std::vector<jobs::JobSpec> specs) {
  for (const jobs::JobSpec& spec : specs) service.work_queues.take(organization, spec.queue);
  struct Outcome {
    std::vector<jobs::Submitted> submitted = {};
    std::optional<jobs::JobId> missing = {};
  };
  std::function<Outcome(jobs::Transaction&)> work = [organization, specs = std::move(specs)](jobs::Transaction& tx) -> Outcome {
    // Before anything is written.
    for (const jobs::JobSpec& spec : specs) {
      for (const jobs::JobId& id : spec.after) {
        if (!find_work(tx, id, organization)) return {.missing = id};
      }
    }
    Outcome outcome;
    outcome.submitted.reserve(specs.size());
    for (const jobs::JobSpec& spec : specs) outcome.submitted.push_back(tx.submit(spec));
    return outcome;
  };
  Outcome outcome = co_await transact(service.parts.engine, std::move(work));
  if (outcome.missing) throw not_found("after: Job " + outcome.missing->to_string());
  co_return std::move(outcome.submitted);
}

asio::awaitable<jobs::Job> existing_work(Service& service, jobs::JobId id, jobs::Uuid organization) {
  std::function<std::optional<jobs::Job>(jobs::Reader&)> look = [id, organization](jobs::Reader& reader) {
    return find_work(reader, id, organization);
  };
  auto found = co_await read(service.parts.engine, std::move(look));
  if (!found) throw not_found("Job");
  co_return std::move(*found);
}

jobs::JobFilter filter_of(const Call& call, const jobs::Uuid& organization) {
  const http::Request& request = call.request;
  const auto text = [&](const char* name) {
    const auto value = request.query_value(name);
    return value ? std::optional<std::string>(*value) : std::nullopt;
  };
  const auto tag = text("tag");
  jobs::JobFilter filter{.kind = text("kind"), .tag = tag ? work_name(organization, *tag) : work_tag(organization)};
  if (const auto queue = text("queue")) filter.queue = work_name(organization, *queue);
  if (const auto name = text("state")) {
    filter.state = wire::parse_state(*name);
    if (!filter.state) throw bad_field("state", "must be one of PENDING, RUNNING, COMPLETE, FAILED, CANCELLED");
  }
  if (const auto before = query_uuid(request, "cursor")) filter.before = jobs::JobId(*before);
  filter.limit = page_size_of(request);
  return filter;
}

}  // namespace

jobs::Uuid work_organization(const Call& call) {
  if (call.principal.user && call.principal.role != Role::admin) {
    throw forbidden("this needs an organization key, or the token of an administrator");
  }
  return call.principal.organization;
}

std::optional<jobs::Job> find_work(jobs::Reader& reader, const jobs::JobId& id, const jobs::Uuid& organization) {
  auto job = reader.find(id);
  if (!job || !own_name(organization, job->queue)) return std::nullopt;
  return job;
}

asio::awaitable<http::Response> submit_work(Service& service, const Call& call) {
  check_that_jobs_are_taken(service);
  const jobs::Uuid organization = work_organization(call);
  const json body = json_object(call.request);
  jobs::JobSpec spec = read_work_spec({body, call.request.body}, organization, service.parts.guard);
  spec.trace = traceparent_of(call.request).value_or("");
  std::vector<jobs::JobSpec> specs;
  specs.push_back(std::move(spec));
  const auto submitted = co_await submit(service, organization, std::move(specs));
  const jobs::Submitted& one = submitted.front();
  if (one.outcome == jobs::Submitted::Outcome::refused) {
    throw ApiError{.status = 409,
                   .code = "unique_key_held",
                   .detail = "uniqueKey: another job holds it: " + one.holder.to_string()};
  }
  auto response = wire::json(one.created() ? 201 : 200, submitted_json(one));
  response.headers.add("Location", "/api/v1/jobs/" + one.id.to_string());
  co_return response;
}

asio::awaitable<http::Response> submit_works(Service& service, const Call& call) {
  check_that_jobs_are_taken(service);
  const jobs::Uuid organization = work_organization(call);
  const json body = json_object(call.request);
  const auto given = body.find("jobs");
  if (given == body.end()) throw bad_field("jobs", "Required");
  if (!given->is_array()) wrong_type("jobs", "array", *given);
  if (given->empty() || given->size() > batch_max) {
    throw bad_field("jobs", "must have 1 to " + std::to_string(batch_max) + " elements");
  }
  std::vector<jobs::JobSpec> specs;
  for (const json& job : *given) {
    if (!job.is_object()) wrong_type("jobs", "objects", job);
    const std::string text = job.dump();
    specs.push_back(read_work_spec({job, text}, organization, service.parts.guard));
    specs.back().trace = traceparent_of(call.request).value_or("");
  }
  const auto submitted = co_await submit(service, organization, std::move(specs));
  ordered_json data = ordered_json::array();
  for (const jobs::Submitted& one : submitted) data.push_back(submitted_json(one));
  co_return wire::json(200, {{"data", std::move(data)}});
}

asio::awaitable<http::Response> get_work(Service& service, const Call& call) {
  const jobs::JobId id = job_id_of(call);
  const jobs::Uuid organization = work_organization(call);
  const jobs::Job job = co_await existing_work(service, id, organization);
  co_return wire::json(200, wire::work_job(job, organization, service.parts.config.api.state_names));
}

asio::awaitable<http::Response> list_work(Service& service, const Call& call) {
  const jobs::Uuid organization = work_organization(call);
  const jobs::JobFilter filter = filter_of(call, organization);
  std::function<std::vector<jobs::Job>(jobs::Reader&)> look = [filter](jobs::Reader& reader) { return reader.list(filter); };
  const auto found = co_await read(service.parts.engine, std::move(look));
  ordered_json data = ordered_json::array();
  for (const jobs::Job& job : found) data.push_back(wire::work_job(job, organization, service.parts.config.api.state_names));
  ordered_json body;
  body["data"] = std::move(data);
  const bool more = static_cast<int>(found.size()) == filter.limit;
  body["pageInfo"]["nextCursor"] = more ? ordered_json(found.back().id.to_string()) : ordered_json(nullptr);
  co_return wire::json(200, body);
}

asio::awaitable<http::Response> get_work_result(Service& service, const Call& call) {
  const jobs::JobId id = job_id_of(call);
  const jobs::Uuid organization = work_organization(call);
  struct Found {
    std::optional<jobs::Job> job = {};
    std::string output = {};
  };
  std::function<Found(jobs::Reader&)> look = [id, organization](jobs::Reader& reader) {
    return Found{.job = find_work(reader, id, organization), .output = reader.output(id).value_or("")};
  };
  const Found found = co_await read(service.parts.engine, std::move(look));
  if (!found.job) throw not_found("Job");
  if (found.job->state != jobs::State::complete) {
    throw ApiError{.status = 409,
                   .code = "not_complete",
                   .detail = "The job has no result: it is " +
                             std::string(wire::state(found.job->state, service.parts.config.api.state_names))};
  }
  co_return wire::json(200, {{"jobId", id.to_string()},
                             {"summary", found.job->summary},
                             {"output", wire::value(found.output)}});
}

asio::awaitable<http::Response> get_work_events(Service& service, const Call& call) {
  FindJob find = [organization = work_organization(call)](jobs::Reader& reader, const jobs::JobId& id) {
    return find_work(reader, id, organization);
  };
  auto response = co_await answer_events(service, call, std::move(find));
  co_return response;
}

asio::awaitable<http::Response> cancel_work(Service& service, const Call& call) {
  const jobs::JobId id = job_id_of(call);
  const jobs::Uuid organization = work_organization(call);
  const std::string by = call.principal.user.value_or(organization).to_string();
  std::function<std::optional<jobs::State>(jobs::Transaction&)> work =
      [id, organization, by](jobs::Transaction& tx) -> std::optional<jobs::State> {
    if (!find_work(tx, id, organization)) return std::nullopt;
    return tx.cancel(id, by);
  };
  const auto state = co_await transact(service.parts.engine, std::move(work));
  if (!state) throw not_found("Job");
  co_return wire::json(200, {{"jobId", id.to_string()}, {"state", wire::state(*state, service.parts.config.api.state_names)}});
}

asio::awaitable<http::Response> retry_work(Service& service, const Call& call) {
  const jobs::JobId id = job_id_of(call);
  const jobs::Uuid organization = work_organization(call);
  std::function<std::optional<jobs::RetryNow>(jobs::Transaction&)> work =
      [id, organization](jobs::Transaction& tx) -> std::optional<jobs::RetryNow> {
    if (!find_work(tx, id, organization)) return std::nullopt;
    return tx.retry_now(id);
  };
  const auto outcome = co_await transact(service.parts.engine, std::move(work));
  if (!outcome) throw not_found("Job");
  switch (*outcome) {
    case jobs::RetryNow::complete:
      throw ApiError{.status = 409, .code = "job_complete", .detail = "The job is COMPLETE and stays so"};
    case jobs::RetryNow::key_held:
      throw ApiError{.status = 409, .code = "unique_key_held", .detail = "Another job holds this one's unique key"};
    case jobs::RetryNow::revived:
      service.watch.revived();
      break;
    case jobs::RetryNow::due:
    case jobs::RetryNow::unchanged:
      break;
  }
  co_return wire::json(200, {{"jobId", id.to_string()}, {"retried", *outcome != jobs::RetryNow::unchanged}});
}

}  // namespace jobsd
