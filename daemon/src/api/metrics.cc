// GET /metrics: what the process counts, as Prometheus reads it. No name, id or text of a user is in it.
#include "api/await.h"
#include "api/routes.h"
#include "store/depths.h"
#include "version.h"

namespace jobsd {
namespace {

using Type = Exposition::Type;

// Queues are named by who submits; beyond as many they are counted together.
constexpr std::size_t queues_shown_max = 50;

void write_depth(Exposition& out, const std::string& queue, const QueueDepth& depth) {
  constexpr std::string_view name = "jobsd_jobs";
  out.sample(name, {{"queue", queue}, {"state", "pending"}}, static_cast<double>(depth.due));
  out.sample(name, {{"queue", queue}, {"state", "scheduled"}}, static_cast<double>(depth.scheduled));
  out.sample(name, {{"queue", queue}, {"state", "waiting"}}, static_cast<double>(depth.waiting));
  out.sample(name, {{"queue", queue}, {"state", "running"}}, static_cast<double>(depth.running));
}

void write_depths(Exposition& out, const Depths& depths) {
  out.family("jobsd_jobs", Type::gauge, "Jobs that have not ended: that may run, that wait for their moment or for other jobs, that run.");
  QueueDepth others;
  std::size_t shown = 0;
  for (const auto& [queue, depth] : depths.queues) {
    if (shown++ < queues_shown_max) {
      write_depth(out, queue, depth);
      continue;
    }
    others.due += depth.due;
    others.scheduled += depth.scheduled;
    others.waiting += depth.waiting;
    others.running += depth.running;
  }
  // No queue has an empty name.
  if (depths.queues.size() > queues_shown_max) write_depth(out, "", others);
  out.single("jobsd_webhook_deliveries_pending", Type::gauge, "Webhooks that are still to be delivered.",
             static_cast<double>(depths.deliveries));
}

void write_state(Exposition& out, const Service& service) {
  out.family("jobsd_build_info", Type::gauge, "Always 1; its label is the version.");
  out.sample("jobsd_build_info", {{"version", version()}}, 1);
  out.single("jobsd_draining", Type::gauge, "1 while the server stops and takes no new jobs.", service.draining ? 1 : 0);
  out.single("jobsd_store_writable", Type::gauge, "0 after a commit failed: restart the server.",
             service.parts.engine.writable() ? 1 : 0);
  out.single("jobsd_event_streams", Type::gauge, "Event streams that are open.", *service.streams);
  out.single("jobsd_queries", Type::gauge, "Requests to the analyst that run or wait.", service.queries.asked());
}

}  // namespace

asio::awaitable<http::Response> metrics(Service& service, const Call&) {
  Exposition out;
  write_state(out, service);
  std::function<Depths(jobs::Reader&)> look = read_depths;
  const Depths depths = co_await read(service.parts.engine, std::move(look));
  write_depths(out, depths);
  service.parts.requests.write(out);
  if (service.parts.write_metrics) service.parts.write_metrics(out);
  http::Response response;
  response.headers.add("Content-Type", Exposition::content_type);
  response.headers.add("Cache-Control", "no-store");
  response.body = out.take();
  co_return response;
}

}  // namespace jobsd
