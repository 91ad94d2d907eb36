// api/service.h - what the routes work with, and one call of a route.
//
// Thread safety: used on the event loop only.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ai/models.h"
#include "api/job_watch.h"
#include "api/query_pool.h"
#include "api/queue_quota.h"
#include "api/rate_limit.h"
#include "api/status_cache.h"
#include "api/wire.h"
#include "config/config.h"
#include "conversations/conversations.h"
#include "http/message.h"
#include "identity/identity.h"
#include "jobs/engine.h"
#include "metrics/http_counts.h"
#include "outbound/guard.h"

namespace jobsd {

// All of it must outlive the service.
struct ServiceParts {
  asio::io_context& io;
  jobs::Engine& engine;
  Identity& identity;
  const Models& models;
  const outbound::Guard& guard;
  const Config& config;
  HttpCounts& requests;
  // Without a slash at its end.
  std::string public_url = {};
  // The time by which rates are limited.
  std::function<RateLimit::Moment()> now = std::chrono::steady_clock::now;
  // A line about one job starts with "job=<id>".
  std::function<void(jobs::LogLevel, std::string_view line)> log = {};
  // Adds what is counted outside the API to GET /metrics.
  std::function<void(Exposition&)> write_metrics = {};
};

struct Service {
  explicit Service(ServiceParts given);

  ServiceParts parts;
  JobWatch watch;
  QueryPool queries;
  QueueQuota work_queues;
  // At most 16 MiB.
  StatusCache statuses = StatusCache(4096);
  // Empty: tokens may ask as often as they like.
  std::optional<RateLimit> rate_limit = {};
  // Event streams that are open.
  std::shared_ptr<int> streams = std::make_shared<int>(0);
  // No new jobs are taken.
  bool draining = false;
};

struct Call {
  const http::Request& request;
  // Set for routes that ask who is calling.
  Principal principal = {};
  // What stands for {id} and {name} in the route's path.
  std::string id = {};
  std::string name = {};
};

// One address of the API. `serve` throws ApiError to refuse.
struct Route {
  // operators: see check_operator().
  enum class Access { open, token, operators };
  std::string_view method;
  // "/api/v1/ai/jobs/{id}"
  std::string_view path;
  Access access;
  asio::awaitable<http::Response> (*serve)(Service& service, const Call& call);
};
std::span<const Route> routes();

// ---- What several routes do ----

// Throws ApiError 503: the server stops, or too much waits.
void check_that_jobs_are_taken(const Service& service);
// Throws ApiError 401.
Principal authenticate(const Service& service, const http::Request& request);
// After a wait: the token may have been revoked meanwhile. Throws ApiError 401.
void must_still_stand(const Service& service, const Call& call);
// Whether who asks runs this server: a client on this machine, unless a proxy speaks for another or the configuration wants a key;
// or a key or an administrator of the organization that the server was set up with. Throws ApiError 401, 403.
void check_operator(const Service& service, const http::Request& request);
// On whose behalf: the token's, or whom `in_body` or else ?userId= names. Throws ApiError: 400 not a UUID, 403 somebody else's,
// 404 nobody, or somebody who is disabled.
Viewer viewer_of(const Service& service, const Call& call, const std::optional<jobs::Uuid>& in_body = std::nullopt);
// Throws ApiError 404 that names what there is not: the model or its branch.
ServedModel served_model(const Service& service, const jobs::Uuid& model, const std::optional<jobs::Uuid>& branch);
// Whether `Accept` asks for values as JSON beside the CSV.
bool wants_typed(const http::Request& request);
// The {id} of the path. Throws ApiError 400 naming `field`.
jobs::JobId job_id_of(const Call& call);
jobs::Uuid uuid_of(const Call& call, const std::string& field);
// The whole of `text` as a decimal number within both bounds; empty when it is none.
std::optional<std::int64_t> parse_number(std::string_view text, std::int64_t least, std::int64_t most);
// Null when the parameter is missing. Throws ApiError 400.
std::optional<jobs::Uuid> query_uuid(const http::Request& request, const std::string& name);
std::optional<std::int64_t> query_number(const http::Request& request, const std::string& name, std::int64_t least,
                                         std::int64_t most);
// ?pageSize=. Throws ApiError 400.
int page_size_of(const http::Request& request);

}  // namespace jobsd
