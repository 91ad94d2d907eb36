// GET /webhook-deliveries, POST /webhook-deliveries/{id}/resend and POST /webhook-deliveries/resend.
//
// Whoever may see a job may see what became of its webhooks, and send them again.
#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "api/await.h"
#include "api/json_body.h"
#include "api/routes.h"
#include "iso_time.h"

namespace jobsd {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::int64_t number_max = std::numeric_limits<std::int64_t>::max();

std::int64_t delivery_id_of(const Call& call) {
  const auto number = parse_number(call.id, 1, number_max);
  if (!number) throw bad_field("deliveryId", "must be the id of a delivery");
  return *number;
}

std::optional<jobs::DeliveryState> optional_state(const json& body) {
  const auto text = optional_string(body, "state");
  if (!text) return std::nullopt;
  const auto state = wire::parse_delivery_state(*text);
  if (!state) throw bad_field("state", "must be one of PENDING, DELIVERED, DEAD");
  return state;
}

SendAgainFilter filter_in(const json& body) {
  const auto since = parse_iso_time(required(optional_string(body, "since"), "since"));
  if (!since) throw bad_field("since", "must be a time in UTC like 2025-01-15T10:00:05.000Z");
  SendAgainFilter filter{.since = *since, .state = optional_state(body)};
  if (const auto cursor = optional_string(body, "cursor")) {
    filter.before = parse_number(*cursor, 1, number_max);
    if (!filter.before) throw bad_field("cursor", "must be the nextCursor of an answer");
  }
  return filter;
}

}  // namespace

asio::awaitable<http::Response> list_deliveries(Service& service, const Call& call) {
  const Viewer viewer = viewer_of(service, call);
  const jobs::JobId job(required(query_uuid(call.request, "jobId"), "jobId"));
  using Found = std::optional<std::vector<jobs::Delivery>>;
  std::function<Found(jobs::Reader&)> look = [job, viewer](jobs::Reader& reader) -> Found {
    if (!may_see_job(reader, job, viewer)) return std::nullopt;
    return reader.deliveries(job);
  };
  const auto found = co_await read(service.parts.engine, std::move(look));
  if (!found) throw not_found("Job");
  ordered_json data = ordered_json::array();
  for (const jobs::Delivery& delivery : *found) data.push_back(wire::delivery(delivery));
  ordered_json body;
  body["data"] = std::move(data);
  co_return wire::json(200, body);
}

asio::awaitable<http::Response> resend_delivery(Service& service, const Call& call) {
  const std::int64_t id = delivery_id_of(call);
  const Viewer viewer = viewer_of(service, call);
  using Found = std::optional<jobs::Delivery>;
  std::function<Found(jobs::Transaction&)> work = [id, viewer](jobs::Transaction& tx) -> Found {
    const auto job = job_of_delivery(tx, id, viewer);
    if (!job || !tx.send_again(*job, id)) return std::nullopt;
    auto deliveries = tx.deliveries(*job);
    const auto sent = std::find_if(deliveries.begin(), deliveries.end(), [id](const auto& one) { return one.id == id; });
    return sent == deliveries.end() ? std::nullopt : Found(std::move(*sent));
  };
  const auto sent = co_await transact(service.parts.engine, std::move(work));
  if (!sent) throw not_found("Delivery");
  co_return wire::json(200, wire::delivery(*sent));
}

asio::awaitable<http::Response> resend_deliveries(Service& service, const Call& call) {
  const Viewer viewer = viewer_of(service, call);
  const SendAgainFilter filter = filter_in(json_object(call.request));
  std::function<SentAgain(jobs::Transaction&)> work = [viewer, filter](jobs::Transaction& tx) {
    return send_again_since(tx, viewer, filter);
  };
  const SentAgain sent = co_await transact(service.parts.engine, std::move(work));
  ordered_json body;
  body["count"] = sent.count;
  body["nextCursor"] = sent.next ? ordered_json(std::to_string(*sent.next)) : ordered_json(nullptr);
  co_return wire::json(200, body);
}

}  // namespace jobsd
