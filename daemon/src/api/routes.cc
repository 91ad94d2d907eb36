#include "api/routes.h"

namespace jobsd {
namespace {

using Access = Route::Access;

constexpr Route table[] = {
    {"POST", "/api/v1/ai/jobs", Access::token, submit_job},
    {"GET", "/api/v1/ai/jobs", Access::token, list_all_jobs},
    {"GET", "/api/v1/ai/jobs/{id}", Access::token, get_job},
    {"POST", "/api/v1/ai/jobs/{id}/cancel", Access::token, cancel_job},
    {"GET", "/api/v1/ai/jobs/{id}/result", Access::token, get_result},
    {"GET", "/api/v1/ai/jobs/{id}/events", Access::token, get_events},
    {"GET", "/api/v1/ai/jobs/{id}/vis", Access::token, get_chart},
    {"GET", "/api/v1/ai/conversations", Access::token, list_all_conversations},
    {"GET", "/api/v1/ai/conversations/{id}", Access::token, get_conversation},
    {"POST", "/api/v1/ai/generate-query", Access::token, generate_query},
    {"POST", "/api/v1/ai/pick-topic", Access::token, pick_topic},
    {"POST", "/api/v1/query/run", Access::token, run_query},
    {"GET", "/api/v1/webhook-deliveries", Access::token, list_deliveries},
    {"POST", "/api/v1/webhook-deliveries/{id}/resend", Access::token, resend_delivery},
    {"POST", "/api/v1/webhook-deliveries/resend", Access::token, resend_deliveries},
    {"GET", "/api/v1/users", Access::token, get_users},
    {"GET", "/api/v1/keys", Access::token, get_keys},
    {"POST", "/api/v1/keys/{id}/revoke", Access::token, revoke_key},
    {"GET", "/api/v1/audit-log", Access::token, get_audit_log},
    {"GET", "/api/openapi.yaml", Access::open, openapi},
    {"GET", "/metrics", Access::operators, metrics},
    {"GET", "/healthz", Access::open, healthz},
    {"GET", "/readyz", Access::open, readyz},
};

}  // namespace

std::span<const Route> routes() { return table; }

}  // namespace jobsd
