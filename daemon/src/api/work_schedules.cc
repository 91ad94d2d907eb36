// GET /schedules, GET, PUT and DELETE /schedules/{name}, POST /schedules/{name}/pause and /resume.
#include <nlohmann/json.hpp>

#include "api/await.h"
#include "api/json_body.h"
#include "api/work.h"
#include "api/work_names.h"
#include "api/work_spec.h"
#include "api/work_wire.h"
#include "http/target.h"

namespace jobsd {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t schedules_max = 1000;

using Found = std::optional<jobs::ScheduleStatus>;

asio::awaitable<http::Response> shown(Service& service, std::string name, jobs::Uuid organization) {
  std::function<Found(jobs::Reader&)> look = [&engine = service.parts.engine, name](jobs::Reader&) {
    return engine.find_schedule(name);
  };
  const Found found = co_await read(service.parts.engine, std::move(look));
  if (!found) throw not_found("Schedule");
  co_return wire::json(200, wire::work_schedule(*found, organization));
}

asio::awaitable<std::vector<jobs::ScheduleStatus>> own_schedules(Service& service, jobs::Uuid organization) {
  std::function<std::vector<jobs::ScheduleStatus>(jobs::Reader&)> look =
      [&engine = service.parts.engine, organization](jobs::Reader&) {
        auto all = engine.schedules();
        std::erase_if(all, [&](const jobs::ScheduleStatus& status) {
          return !own_name(organization, status.schedule.name);
        });
        return all;
      };
  auto found = co_await read(service.parts.engine, std::move(look));
  co_return found;
}

using Change = std::function<bool(jobs::Transaction&, const std::string&)>;

asio::awaitable<void> change(Service& service, std::string name, Change deed) {
  std::function<bool(jobs::Transaction&)> work = [name = std::move(name), deed = std::move(deed)](jobs::Transaction& tx) {
    return deed(tx, name);
  };
  const bool found = co_await transact(service.parts.engine, std::move(work));
  if (!found) throw not_found("Schedule");
}

}  // namespace

asio::awaitable<http::Response> list_schedules(Service& service, const Call& call) {
  const jobs::Uuid organization = work_organization(call);
  const auto found = co_await own_schedules(service, organization);
  ordered_json data = ordered_json::array();
  for (const jobs::ScheduleStatus& status : found) data.push_back(wire::work_schedule(status, organization));
  co_return wire::json(200, {{"data", std::move(data)}});
}

asio::awaitable<http::Response> get_schedule(Service& service, const Call& call) {
  const jobs::Uuid organization = work_organization(call);
  auto response = co_await shown(service, work_name(organization, call.name), organization);
  co_return response;
}

asio::awaitable<http::Response> put_schedule(Service& service, const Call& call) {
  const jobs::Uuid organization = work_organization(call);
  const json body = json_object(call.request);
  const jobs::Schedule schedule = read_work_schedule({body, call.request.body}, call.name, organization, service.parts.guard);
  service.work_queues.take(organization, schedule.job.queue);
  const auto existing = co_await own_schedules(service, organization);
  const bool is_new = std::none_of(existing.begin(), existing.end(), [&](const jobs::ScheduleStatus& status) {
    return status.schedule.name == schedule.name;
  });
  if (is_new && existing.size() >= schedules_max) {
    throw ApiError{.status = 409,
                   .code = "too_many_schedules",
                   .detail = "There are " + std::to_string(schedules_max) + " schedules, which is the most; remove one first"};
  }
  std::function<std::string(jobs::Transaction&)> work = [schedule](jobs::Transaction& tx) -> std::string {
    try {
      tx.schedule(schedule);
      return {};
    } catch (const std::invalid_argument& problem) {
      return problem.what();
    }
  };
  const std::string problem = co_await transact(service.parts.engine, std::move(work));
  if (!problem.empty()) throw ApiError{.status = 400, .code = "bad_request", .detail = "Bad Request: " + problem};
  auto response = co_await shown(service, schedule.name, organization);
  if (is_new) {
    response.status = 201;
    response.headers.add("Location", "/api/v1/schedules/" + http::percent_encode(call.name));
  }
  co_return response;
}

asio::awaitable<http::Response> delete_schedule(Service& service, const Call& call) {
  const jobs::Uuid organization = work_organization(call);
  Change deed = [](jobs::Transaction& tx, const std::string& name) { return tx.remove_schedule(name); };
  co_await change(service, work_name(organization, call.name), std::move(deed));
  co_return http::Response{.status = 204};
}

asio::awaitable<http::Response> pause_schedule(Service& service, const Call& call) {
  const jobs::Uuid organization = work_organization(call);
  Change deed = [](jobs::Transaction& tx, const std::string& name) { return tx.pause_schedule(name); };
  co_await change(service, work_name(organization, call.name), std::move(deed));
  auto response = co_await shown(service, work_name(organization, call.name), organization);
  co_return response;
}

asio::awaitable<http::Response> resume_schedule(Service& service, const Call& call) {
  const jobs::Uuid organization = work_organization(call);
  Change deed = [](jobs::Transaction& tx, const std::string& name) { return tx.resume_schedule(name); };
  co_await change(service, work_name(organization, call.name), std::move(deed));
  auto response = co_await shown(service, work_name(organization, call.name), organization);
  co_return response;
}

}  // namespace jobsd
