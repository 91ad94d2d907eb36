// api/work.h - what the routes of the engine itself have in common: jobs of any kind for workers in any language.
//
// They are for the programs of an organization: its keys and its administrators may use them, its members may not.
#pragma once

#include <optional>

#include "api/service.h"
#include "jobs/job.h"

namespace jobsd {

// The organization whose work this is. Throws ApiError 403.
jobs::Uuid work_organization(const Call& call);
// The job, if it is the organization's.
std::optional<jobs::Job> find_work(jobs::Reader& reader, const jobs::JobId& id, const jobs::Uuid& organization);

// ---- Jobs ----
asio::awaitable<http::Response> submit_work(Service& service, const Call& call);
asio::awaitable<http::Response> submit_works(Service& service, const Call& call);
asio::awaitable<http::Response> get_work(Service& service, const Call& call);
asio::awaitable<http::Response> list_work(Service& service, const Call& call);
asio::awaitable<http::Response> get_work_result(Service& service, const Call& call);
asio::awaitable<http::Response> get_work_events(Service& service, const Call& call);
asio::awaitable<http::Response> cancel_work(Service& service, const Call& call);
asio::awaitable<http::Response> retry_work(Service& service, const Call& call);

// ---- Runs ----
asio::awaitable<http::Response> claim_work(Service& service, const Call& call);
asio::awaitable<http::Response> heartbeat(Service& service, const Call& call);
asio::awaitable<http::Response> complete_work(Service& service, const Call& call);
asio::awaitable<http::Response> fail_work(Service& service, const Call& call);
asio::awaitable<http::Response> release_work(Service& service, const Call& call);
asio::awaitable<http::Response> report_progress(Service& service, const Call& call);
asio::awaitable<http::Response> get_step(Service& service, const Call& call);
asio::awaitable<http::Response> put_step(Service& service, const Call& call);

// ---- Queues and schedules ----
asio::awaitable<http::Response> list_queues(Service& service, const Call& call);
asio::awaitable<http::Response> get_queue(Service& service, const Call& call);
asio::awaitable<http::Response> pause_queue(Service& service, const Call& call);
asio::awaitable<http::Response> resume_queue(Service& service, const Call& call);
asio::awaitable<http::Response> list_schedules(Service& service, const Call& call);
asio::awaitable<http::Response> get_schedule(Service& service, const Call& call);
asio::awaitable<http::Response> put_schedule(Service& service, const Call& call);
asio::awaitable<http::Response> delete_schedule(Service& service, const Call& call);
asio::awaitable<http::Response> pause_schedule(Service& service, const Call& call);
asio::awaitable<http::Response> resume_schedule(Service& service, const Call& call);

}  // namespace jobsd
