// GET /queues, GET /queues/{queue}, POST /queues/{queue}/pause and /resume.
#include <nlohmann/json.hpp>

#include "api/await.h"
#include "api/work.h"
#include "api/work_names.h"
#include "api/work_spec.h"
#include "api/work_wire.h"

namespace jobsd {
namespace {

using nlohmann::ordered_json;

asio::awaitable<jobs::QueueStatistics> statistics_of(Service& service, std::string queue) {
  std::function<std::optional<jobs::QueueStatistics>(jobs::Reader&)> look =
      [&engine = service.parts.engine, queue = std::move(queue)](jobs::Reader&) { return engine.statistics(queue); };
  auto found = co_await read(service.parts.engine, std::move(look));
  if (!found) throw not_found("Queue");
  co_return std::move(*found);
}

asio::awaitable<http::Response> set_paused(Service& service, const Call& call, bool paused) {
  const jobs::Uuid organization = work_organization(call);
  check_work_name(call.name, "queue");
  const std::string queue = work_name(organization, call.name);
  service.work_queues.take(organization, queue);
  std::function<bool(jobs::Transaction&)> work = [queue, paused](jobs::Transaction& tx) {
    if (paused) {
      tx.pause_queue(queue);
    } else {
      tx.resume_queue(queue);
    }
    return true;
  };
  co_await transact(service.parts.engine, std::move(work));
  const jobs::QueueStatistics found = co_await statistics_of(service, queue);
  co_return wire::json(200, wire::work_queue(found, organization));
}

}  // namespace

asio::awaitable<http::Response> list_queues(Service& service, const Call& call) {
  const jobs::Uuid organization = work_organization(call);
  std::function<std::vector<jobs::QueueStatistics>(jobs::Reader&)> look = [&engine = service.parts.engine](jobs::Reader&) {
    return engine.statistics();
  };
  const auto found = co_await read(service.parts.engine, std::move(look));
  ordered_json data = ordered_json::array();
  for (const jobs::QueueStatistics& queue : found) {
    if (own_name(organization, queue.queue)) data.push_back(wire::work_queue(queue, organization));
  }
  co_return wire::json(200, {{"data", std::move(data)}});
}

asio::awaitable<http::Response> get_queue(Service& service, const Call& call) {
  const jobs::Uuid organization = work_organization(call);
  check_work_name(call.name, "queue");
  const jobs::QueueStatistics found = co_await statistics_of(service, work_name(organization, call.name));
  co_return wire::json(200, wire::work_queue(found, organization));
}

asio::awaitable<http::Response> pause_queue(Service& service, const Call& call) {
  auto response = co_await set_paused(service, call, true);
  co_return response;
}

asio::awaitable<http::Response> resume_queue(Service& service, const Call& call) {
  auto response = co_await set_paused(service, call, false);
  co_return response;
}

}  // namespace jobsd
