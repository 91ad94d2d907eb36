// api/routes.h - the functions behind the addresses. Each answers one call or throws ApiError; routes.cc says which is where.
#pragma once

#include "api/service.h"

namespace jobsd {

// Jobs.
asio::awaitable<http::Response> submit_job(Service& service, const Call& call);
asio::awaitable<http::Response> get_job(Service& service, const Call& call);
asio::awaitable<http::Response> cancel_job(Service& service, const Call& call);
asio::awaitable<http::Response> get_result(Service& service, const Call& call);
asio::awaitable<http::Response> get_chart(Service& service, const Call& call);
asio::awaitable<http::Response> list_all_jobs(Service& service, const Call& call);
asio::awaitable<http::Response> get_events(Service& service, const Call& call);

// Conversations.
asio::awaitable<http::Response> list_all_conversations(Service& service, const Call& call);
asio::awaitable<http::Response> get_conversation(Service& service, const Call& call);

// The parts of the analyst.
asio::awaitable<http::Response> generate_query(Service& service, const Call& call);
asio::awaitable<http::Response> pick_topic(Service& service, const Call& call);
asio::awaitable<http::Response> run_query(Service& service, const Call& call);

// Webhooks.
asio::awaitable<http::Response> list_deliveries(Service& service, const Call& call);
asio::awaitable<http::Response> resend_delivery(Service& service, const Call& call);
asio::awaitable<http::Response> resend_deliveries(Service& service, const Call& call);
// Administration.
asio::awaitable<http::Response> get_users(Service& service, const Call& call);
asio::awaitable<http::Response> get_keys(Service& service, const Call& call);
asio::awaitable<http::Response> revoke_key(Service& service, const Call& call);
asio::awaitable<http::Response> get_audit_log(Service& service, const Call& call);

// The server itself.
asio::awaitable<http::Response> healthz(Service& service, const Call& call);
asio::awaitable<http::Response> readyz(Service& service, const Call& call);
asio::awaitable<http::Response> metrics(Service& service, const Call& call);
asio::awaitable<http::Response> openapi(Service& service, const Call& call);

}  // namespace jobsd
