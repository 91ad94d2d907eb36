#include "api/service.h"

#include <charconv>

namespace jobsd {
namespace {

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

}  // namespace

Service::Service(ServiceParts given) : parts(std::move(given)), watch(parts.io, parts.engine) {
  if (parts.config.api.rate_limit) rate_limit.emplace(*parts.config.api.rate_limit);
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

Viewer viewer_of(const Service& service, const Call& call) {
  Viewer viewer{.organization = call.principal.organization, .user = call.principal.user};
  const auto named = query_uuid(call.request, "userId");
  if (!named) return viewer;
  if (call.principal.kind == Principal::Kind::personal) {
    if (*named != call.principal.user) throw forbidden("userId: a personal token acts as its own user only");
    return viewer;
  }
  const auto user = service.parts.identity.user(*named);
  if (!user || user->organization != viewer.organization) throw not_found("User " + named->to_string());
  viewer.user = named;
  return viewer;
}

jobs::JobId job_id_of(const Call& call) { return jobs::JobId(uuid_of(call, "jobId")); }

jobs::Uuid uuid_of(const Call& call, const std::string& field) {
  const auto id = jobs::Uuid::parse(call.id);
  if (!id) throw bad_field(field, "Invalid uuid");
  return *id;
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
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (problem != std::errc() || end != text->data() + text->size() || number < least || number > most) {
    throw bad_field(name, "must be a number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return number;
}

}  // namespace jobsd
