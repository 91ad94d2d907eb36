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
    {"GET", "/api/openapi.yaml", Access::open, openapi},
    {"GET", "/healthz", Access::open, healthz},
    {"GET", "/readyz", Access::open, readyz},
};

}  // namespace

std::span<const Route> routes() { return table; }

}  // namespace jobsd
