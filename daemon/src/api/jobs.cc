// GET /ai/jobs, GET /ai/jobs/{id} and POST /ai/jobs/{id}/cancel.
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

#include "api/await.h"
#include "api/prefer.h"
#include "api/routes.h"
#include "iso_time.h"

namespace jobsd {
namespace {

using nlohmann::ordered_json;

wire::JobStyle style_of(const Service& service) {
  return {.names = service.parts.config.api.state_names, .public_url = service.parts.public_url};
}

asio::awaitable<AiJob> existing_job(Service& service, jobs::JobId id, Viewer viewer) {
  std::function<std::optional<AiJob>(jobs::Reader&)> look = [id, viewer](jobs::Reader& reader) {
    return find_job(reader, id, viewer);
  };
  auto found = co_await read(service.parts.engine, std::move(look));
  if (!found) throw not_found("Job");
  co_return std::move(*found);
}

asio::awaitable<http::Response> job_as_it_is(Service& service, jobs::JobId id, Viewer viewer) {
  const std::uint64_t changes = service.parts.engine.changes(id);
  if (const std::string* const known = service.statuses.find(id, viewer, changes)) co_return wire::written_json(200, *known);
  const AiJob found = co_await existing_job(service, id, viewer);
  auto response = wire::json(200, wire::job(found, style_of(service)));
  service.statuses.keep(id, viewer, changes, response.body);
  co_return response;
}

bool moved(const jobs::Job& before, const jobs::Job& after) {
  return before.updated_at != after.updated_at || before.state != after.state || before.attempt != after.attempt;
}

asio::awaitable<AiJob> job_that_moved(Service& service, const Call& call, jobs::JobId id, Viewer viewer,
                                      std::chrono::seconds wait) {
  const auto until = std::chrono::steady_clock::now() + wait;
  const auto ticket = service.watch.watch(id);
  call.request.on_gone([weak = std::weak_ptr(ticket)] {
    if (const auto waiting = weak.lock()) waiting->interrupt();
  });
  AiJob found = co_await existing_job(service, id, viewer);
  const jobs::Job before = found.job;
  while (!jobs::is_terminal(found.job.state) && !moved(before, found.job)) {
    const bool happened = co_await ticket->wait(until);
    if (!happened) break;
    found = co_await existing_job(service, id, viewer);
  }
  co_return found;
}

std::optional<jobs::State> query_state(const http::Request& request) {
  const auto text = request.query_value("state");
  if (!text) return std::nullopt;
  const auto state = wire::parse_state(*text);
  if (!state) throw bad_field("state", "must be one of PENDING, RUNNING, COMPLETE, FAILED, CANCELLED");
  return state;
}

std::optional<jobs::Time> query_time(const http::Request& request, const std::string& name) {
  const auto text = request.query_value(name);
  if (!text) return std::nullopt;
  const auto time = parse_iso_time(*text);
  if (!time) throw bad_field(name, "must be a time in UTC like 2025-01-15T10:00:05.000Z");
  return time;
}

}  // namespace

asio::awaitable<http::Response> get_job(Service& service, const Call& call) {
  const jobs::JobId id = job_id_of(call);
  const Viewer viewer = viewer_of(service, call);
  const auto wait = preferred_wait(call.request.headers);
  if (wait.count() == 0) co_return co_await job_as_it_is(service, id, viewer);
  const AiJob found = co_await job_that_moved(service, call, id, viewer, wait);
  must_still_stand(service, call);
  auto response = wire::json(200, wire::job(found, style_of(service)));
  response.headers.add("Preference-Applied", "wait=" + std::to_string(wait.count()));
  co_return response;
}

asio::awaitable<http::Response> cancel_job(Service& service, const Call& call) {
  const jobs::JobId id = job_id_of(call);
  const Viewer viewer = viewer_of(service, call);
  // Unlike reading, cancelling another user's job of the same organization is refused as such.
  enum class Outcome { none, not_yours, done };
  struct Found {
    Outcome outcome = Outcome::none;
    jobs::State state = jobs::State::pending;
  };
  std::function<Found(jobs::Transaction&)> work = [id, viewer](jobs::Transaction& tx) -> Found {
    const auto owner = owner_of_job(tx, id, viewer.organization);
    if (!owner) return {};
    if (viewer.user && owner->user != viewer.user) return {.outcome = Outcome::not_yours};
    const auto state = tx.cancel(id, viewer.user.value_or(viewer.organization).to_string());
    if (!state) return {};
    return {.outcome = Outcome::done, .state = *state};
  };
  const Found found = co_await transact(service.parts.engine, std::move(work));
  if (found.outcome == Outcome::none) throw not_found("Job");
  if (found.outcome == Outcome::not_yours) throw forbidden("only the job's user or an organization key may cancel it");
  ordered_json body;
  body["jobId"] = id.to_string();
  body["state"] = wire::state(found.state, service.parts.config.api.state_names);
  co_return wire::json(200, body);
}

asio::awaitable<http::Response> list_all_jobs(Service& service, const Call& call) {
  const http::Request& request = call.request;
  const Viewer viewer = viewer_of(service, call);
  JobListFilter filter;
  filter.state = query_state(request);
  filter.conversation = query_uuid(request, "conversationId");
  filter.model = query_uuid(request, "modelId");
  filter.created_after = query_time(request, "createdAfter");
  filter.created_before = query_time(request, "createdBefore");
  filter.before = query_number(request, "cursor", 1, std::numeric_limits<std::int64_t>::max());
  filter.page_size = page_size_of(request);
  std::function<JobPage(jobs::Reader&)> look = [viewer, filter](jobs::Reader& reader) {
    return list_jobs(reader, viewer, filter);
  };
  const JobPage page = co_await read(service.parts.engine, std::move(look));
  ordered_json data = ordered_json::array();
  for (const AiJob& job : page.jobs) data.push_back(wire::job(job, style_of(service)));
  co_return wire::json(200, wire::page(std::move(data), page.next));
}

}  // namespace jobsd
