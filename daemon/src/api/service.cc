#include "api/service.h"

#include <algorithm>
#include <charconv>

#include "http/media_type.h"

namespace jobsd {
namespace {

constexpr int retry_after_full_seconds = 5;
constexpr int retry_after_draining_seconds = 10;

ApiError unauthorized(const std::string& detail) {
  return {.status = 401, .code = "unauthorized", .detail = "Unauthorized: " + detail};
}

bool equal_ignoring_case(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
    if (c != lower[i]) return false;
  }
  return true;
}

// Fields by which proxies say that they speak for somebody else.
constexpr const char* forwarding_fields[] = {"Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"};

bool is_local(const http::Request& request) {
  const std::string_view peer = request.peer;
  const bool near = peer == "unix" || peer.starts_with("127.") || peer.starts_with("[::1]:") || peer.starts_with("[::ffff:127.");
  return near && std::none_of(std::begin(forwarding_fields), std::end(forwarding_fields),
                              [&](const char* field) { return request.headers.find(field).has_value(); });
}

}  // namespace

Service::Service(ServiceParts given)
    : parts(std::move(given)),
      watch(parts.io, parts.engine),
      queries(parts.config.analyst.requests_at_once),
      work_queues(parts.engine.statistics()) {
  if (parts.config.api.rate_limit) rate_limit.emplace(*parts.config.api.rate_limit);
}

void check_that_jobs_are_taken(const Service& service) {
  if (service.draining) {
    throw unavailable("draining", "The server is stopping and takes no new jobs.", retry_after_draining_seconds);
  }
  if (service.watch.unfinished() >= service.parts.config.api.pending_jobs_max) {
    throw unavailable("queue_full", "Too many jobs are waiting. Try again later.", retry_after_full_seconds);
  }
}

Principal authenticate(const Service& service, const http::Request& request) {
  constexpr std::string_view scheme = "bearer ";
  const auto field = request.headers.find("Authorization");
  if (!field) throw unauthorized("send Authorization: Bearer TOKEN");
  if (field->size() <= scheme.size() || !equal_ignoring_case(field->substr(0, scheme.size()), scheme)) {
    throw unauthorized("the Authorization header must be: Bearer TOKEN");
  }
  const auto principal = service.parts.identity.authenticate(field->substr(scheme.size()));
  if (!principal) throw unauthorized("the token is not valid");
  return *principal;
}

void check_operator(const Service& service, const http::Request& request) {
  const bool local_may = service.parts.config.api.metrics == ApiConfig::Metrics::local;
  if (local_may && is_local(request) && !request.headers.find("Authorization")) return;
  const Principal principal = authenticate(service, request);
  const bool operates = principal.kind == Principal::Kind::organization || principal.role == Role::admin;
  if (!operates || principal.organization != service.parts.identity.default_organization()) {
    throw forbidden("this is for a key or an administrator of the organization that runs the server");
  }
}

void must_still_stand(const Service& service, const Call& call) {
  if (!service.parts.identity.stands(call.principal)) throw unauthorized("the token is not valid");
}

Viewer viewer_of(const Service& service, const Call& call, const std::optional<jobs::Uuid>& in_body) {
  Viewer viewer{.organization = call.principal.organization, .user = call.principal.user};
  const auto named = in_body ? in_body : query_uuid(call.request, "userId");
  if (!named) return viewer;
  if (call.principal.kind == Principal::Kind::personal) {
    if (*named != call.principal.user) throw forbidden("userId: a personal token acts as its own user only");
    return viewer;
  }
  const auto user = service.parts.identity.user(*named);
  if (!user || user->organization != viewer.organization || user->disabled) throw not_found("User " + named->to_string());
  viewer.user = named;
  return viewer;
}

ServedModel served_model(const Service& service, const jobs::Uuid& model, const std::optional<jobs::Uuid>& branch) {
  if (!service.parts.models.has(model)) throw not_found("Model " + model.to_string());
  auto served = service.parts.models.find(model, branch);
  if (!served) throw not_found("Branch " + branch->to_string());
  return std::move(*served);
}

bool wants_typed(const http::Request& request) {
  const auto accepted = http::parse_accept(request.headers.find("Accept").value_or(""));
  return std::any_of(accepted.begin(), accepted.end(),
                     [](const http::MediaType& type) { return type.parameter("profile") == "typed"; });
}

jobs::JobId job_id_of(const Call& call) { return jobs::JobId(uuid_of(call, "jobId")); }

jobs::Uuid uuid_of(const Call& call, const std::string& field) {
  const auto id = jobs::Uuid::parse(call.id);
  if (!id) throw bad_field(field, "Invalid uuid");
  return *id;
}

std::optional<std::int64_t> parse_number(std::string_view text, std::int64_t least, std::int64_t most) {
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size() || number < least || number > most) return std::nullopt;
  return number;
}

std::optional<jobs::Uuid> query_uuid(const http::Request& request, const std::string& name) {
  const auto text = request.query_value(name);
  if (!text) return std::nullopt;
  const auto id = jobs::Uuid::parse(*text);
  if (!id) throw bad_field(name, "Invalid uuid");
  return id;
}

std::optional<std::int64_t> query_number(const http::Request& request, const std::string& name, std::int64_t least,
                                         std::int64_t most) {
  const auto text = request.query_value(name);
  if (!text) return std::nullopt;
  const auto number = parse_number(*text, least, most);
  if (!number) throw bad_field(name, "must be a number from " + std::to_string(least) + " to " + std::to_string(most));
  return number;
}

int page_size_of(const http::Request& request) {
  constexpr int page_size_max = 100;
  constexpr int page_size_default = 20;
  return static_cast<int>(query_number(request, "pageSize", 1, page_size_max).value_or(page_size_default));
}

}  // namespace jobsd
