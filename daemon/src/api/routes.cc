#include "api/routes.h"
#include "api/work.h"

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
    {"POST", "/api/v1/jobs", Access::token, submit_work},
    {"GET", "/api/v1/jobs", Access::token, list_work},
    {"POST", "/api/v1/jobs/batch", Access::token, submit_works},
    {"GET", "/api/v1/jobs/{id}", Access::token, get_work},
    {"GET", "/api/v1/jobs/{id}/result", Access::token, get_work_result},
    {"GET", "/api/v1/jobs/{id}/events", Access::token, get_work_events},
    {"POST", "/api/v1/jobs/{id}/cancel", Access::token, cancel_work},
    {"POST", "/api/v1/jobs/{id}/retry", Access::token, retry_work},
    {"POST", "/api/v1/jobs/{id}/heartbeat", Access::token, heartbeat},
    {"POST", "/api/v1/jobs/{id}/progress", Access::token, report_progress},
    {"POST", "/api/v1/jobs/{id}/complete", Access::token, complete_work},
    {"POST", "/api/v1/jobs/{id}/fail", Access::token, fail_work},
    {"POST", "/api/v1/jobs/{id}/release", Access::token, release_work},
    {"GET", "/api/v1/jobs/{id}/steps/{name}", Access::token, get_step},
    {"PUT", "/api/v1/jobs/{id}/steps/{name}", Access::token, put_step},
    {"GET", "/api/v1/queues", Access::token, list_queues},
    {"GET", "/api/v1/queues/{name}", Access::token, get_queue},
    {"POST", "/api/v1/queues/{name}/claim", Access::token, claim_work},
    {"POST", "/api/v1/queues/{name}/pause", Access::token, pause_queue},
    {"POST", "/api/v1/queues/{name}/resume", Access::token, resume_queue},
    {"GET", "/api/v1/schedules", Access::token, list_schedules},
    {"GET", "/api/v1/schedules/{name}", Access::token, get_schedule},
    {"PUT", "/api/v1/schedules/{name}", Access::token, put_schedule},
    {"DELETE", "/api/v1/schedules/{name}", Access::token, delete_schedule},
    {"POST", "/api/v1/schedules/{name}/pause", Access::token, pause_schedule},
    {"POST", "/api/v1/schedules/{name}/resume", Access::token, resume_schedule},
    {"GET", "/api/openapi.yaml", Access::open, openapi},
    {"GET", "/metrics", Access::operators, metrics},
    {"GET", "/healthz", Access::open, healthz},
    {"GET", "/readyz", Access::open, readyz},
};

}  // namespace

std::span<const Route> routes() { return table; }

}  // namespace jobsd
