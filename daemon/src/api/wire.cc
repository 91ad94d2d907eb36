#include "api/wire.h"

#include <nlohmann/json.hpp>

#include "ai/answer_handler.h"
#include "analyst/error.h"
#include "iso_time.h"
#include "jobs/error.h"

namespace jobsd::wire {
namespace {

using nlohmann::ordered_json;

constexpr int retry_after_fault_seconds = 5;

ordered_json id_or_null(const std::optional<jobs::Uuid>& id) {
  return id ? ordered_json(id->to_string()) : ordered_json(nullptr);
}

ordered_json time_or_null(const std::optional<jobs::Time>& time) {
  return time ? ordered_json(iso_time(*time)) : ordered_json(nullptr);
}

ordered_json progress_json(const std::optional<jobs::Progress>& progress) {
  if (!progress) return nullptr;
  return {{"iteration", progress->iteration}, {"message", progress->message}, {"updatedAt", iso_time(progress->at)}};
}

ordered_json failure_json(const jobs::Failure& failure) {
  ordered_json object = {{"code", failure.code}, {"message", failure.message}};
  if (!failure.detail.empty()) object["detail"] = failure.detail;
  return object;
}

void add_what_the_state_adds(ordered_json& object, const jobs::Job& job) {
  if (job.started_at && job.state != jobs::State::pending) object["executionStartedAt"] = iso_time(*job.started_at);
  switch (job.state) {
    case jobs::State::pending:
      break;
    case jobs::State::running:
      object["progress"] = progress_json(job.progress);
      break;
    case jobs::State::complete:
      object["completedAt"] = time_or_null(job.finished_at);
      object["resultSummary"] = job.summary;
      break;
    case jobs::State::failed:
      object["completedAt"] = time_or_null(job.finished_at);
      object["error"] = failure_json(job.failure.value_or(jobs::Failure{.code = "unknown"}));
      break;
    case jobs::State::cancelled:
      object["cancelledAt"] = time_or_null(job.finished_at);
      object["cancelledBy"] = job.cancelled_by;
      break;
  }
}

// Without the query, where receivers like to have a key of theirs.
std::string shown_url(const std::string& url) { return url.substr(0, url.find_first_of("?#")); }

ordered_json attempt_json(const jobs::DeliveryAttempt& attempt) {
  return {{"at", iso_time(attempt.at)},
          {"durationMs", attempt.took.count()},
          {"status", attempt.status == 0 ? ordered_json(nullptr) : ordered_json(attempt.status)},
          {"error", attempt.error.empty() ? ordered_json(nullptr) : ordered_json(attempt.error)},
          {"responseBody", attempt.body}};
}

std::string_view code_of(int status) {
  switch (status) {
    case 400:
      return "bad_request";
    case 401:
      return "unauthorized";
    case 403:
      return "forbidden";
    case 404:
      return "not_found";
    case 405:
      return "method_not_allowed";
    case 408:
      return "request_timeout";
    case 413:
      return "body_too_large";
    case 414:
      return "target_too_long";
    case 415:
      return "unsupported_media_type";
    case 417:
      return "expectation_failed";
    case 431:
      return "header_too_large";
    case 501:
      return "not_implemented";
    case 503:
      return "unavailable";
    case 505:
      return "http_version_not_supported";
    default:
      return status < 500 ? "bad_request" : "internal";
  }
}

std::string with_phrase(int status, std::string_view detail) {
  std::string text(http::reason_phrase(status));
  if (!detail.empty()) text.append(": ").append(detail);
  return text;
}

ApiError from_analyst(const analyst::Error& error) {
  const auto refused = [&](int status, const char* code) {
    return ApiError{.status = status, .code = code, .detail = with_phrase(status, error.what())};
  };
  switch (error.code()) {
    case analyst::Errc::bad_query:
      return refused(400, "bad_query");
    case analyst::Errc::too_large:
      return refused(400, "too_large");
    case analyst::Errc::not_allowed:
      return refused(403, "not_allowed");
    case analyst::Errc::database:
      return unavailable("database_unavailable", error.what(), retry_after_fault_seconds);
    case analyst::Errc::stopped:
      break;
  }
  return unavailable("draining", "The query was stopped. Try again.", retry_after_fault_seconds);
}

ApiError from_engine(const jobs::Error& error) {
  if (error.code() == jobs::Errc::overloaded) {
    return unavailable("queue_full", "Too many requests wait for the disk. Try again later.", retry_after_fault_seconds);
  }
  if (error.code() == jobs::Errc::disk_full || error.code() == jobs::Errc::io ||
      error.code() == jobs::Errc::store_failed) {
    return unavailable("store_unavailable", "The store cannot be used right now. Try again later.",
                       retry_after_fault_seconds);
  }
  return {.status = 500, .code = "internal", .detail = "Internal Server Error"};
}

}  // namespace

http::Response json(int status, const ordered_json& body) {
  return written_json(status, body.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
}

http::Response written_json(int status, std::string body) {
  http::Response response{.status = status};
  response.headers.add("Content-Type", "application/json");
  response.headers.add("Cache-Control", "no-store");
  response.body = std::move(body);
  return response;
}

http::Response error(const ApiError& error) {
  auto response = json(error.status, {{"detail", error.detail}, {"status", error.status}, {"code", error.code}});
  if (error.retry_after > 0) response.headers.add("Retry-After", std::to_string(error.retry_after));
  if (error.status == 401) response.headers.add("WWW-Authenticate", "Bearer");
  return response;
}

http::Response error(int status, std::string_view detail) {
  return error(ApiError{.status = status,
                        .code = std::string(code_of(status)),
                        .detail = with_phrase(status, detail),
                        .retry_after = status == 503 ? retry_after_fault_seconds : 0});
}

http::Response error(const std::exception_ptr& thrown, std::string* internal) {
  const ApiError bare{.status = 500, .code = "internal", .detail = "Internal Server Error"};
  try {
    std::rethrow_exception(thrown);
  } catch (const ApiError& refused) {
    return error(refused);
  } catch (const analyst::Error& refused) {
    return error(from_analyst(refused));
  } catch (const jobs::Error& fault) {
    *internal = fault.what();
    return error(from_engine(fault));
  } catch (const std::exception& fault) {
    *internal = fault.what();
  } catch (...) {
    *internal = "unknown exception";
  }
  return error(bare);
}

std::string_view state(jobs::State state, StateNames names) {
  if (names == StateNames::published) {
    if (state == jobs::State::pending) return "QUEUED";
    if (state == jobs::State::running) return "EXECUTING";
  }
  return jobs::to_string(state);
}

std::optional<jobs::State> parse_state(std::string_view text) {
  if (text == "QUEUED") return jobs::State::pending;
  if (text == "EXECUTING") return jobs::State::running;
  return jobs::parse_state(text);
}

std::string_view delivery_state(jobs::DeliveryState state) {
  switch (state) {
    case jobs::DeliveryState::pending:
      return "PENDING";
    case jobs::DeliveryState::delivered:
      return "DELIVERED";
    case jobs::DeliveryState::dead:
      return "DEAD";
  }
  return "PENDING";
}

std::optional<jobs::DeliveryState> parse_delivery_state(std::string_view text) {
  for (const auto state : {jobs::DeliveryState::pending, jobs::DeliveryState::delivered, jobs::DeliveryState::dead}) {
    if (delivery_state(state) == text) return state;
  }
  return std::nullopt;
}

ordered_json job(const AiJob& found, const JobStyle& style) {
  const Ask& ask = found.ask;
  ordered_json object;
  object["id"] = found.job.id.to_string();
  object["state"] = state(found.job.state, style.names);
  object["prompt"] = ask.prompt;
  object["conversationId"] = ask.conversation.to_string();
  object["modelId"] = ask.model.to_string();
  object["branchId"] = id_or_null(ask.branch);
  object["topicName"] = ask.topic.empty() ? ordered_json(nullptr) : ordered_json(ask.topic);
  object["organizationId"] = ask.organization.to_string();
  object["userId"] = id_or_null(ask.user);
  object["omniChatUrl"] = conversation_url(style.public_url, ask.conversation);
  object["createdAt"] = iso_time(found.job.created_at);
  object["updatedAt"] = iso_time(found.job.updated_at);
  add_what_the_state_adds(object, found.job);
  return object;
}

ordered_json event(const jobs::Event& event, const std::string& trace) {
  ordered_json object = {{"id", event.id},
                         {"type", jobs::to_string(event.type)},
                         {"timestamp", iso_time(event.at)},
                         {"attempt", event.attempt}};
  const auto data = ordered_json::parse(event.data, nullptr, false);
  object["data"] = data.is_discarded() ? ordered_json(nullptr) : data;
  if (event.type == jobs::EventType::created && !trace.empty()) object["data"]["traceparent"] = trace;
  return object;
}

ordered_json delivery(const jobs::Delivery& delivery) {
  ordered_json attempts = ordered_json::array();
  for (const jobs::DeliveryAttempt& attempt : delivery.attempts) attempts.push_back(attempt_json(attempt));
  const bool waits = delivery.state == jobs::DeliveryState::pending;
  return {{"id", delivery.id},
          {"jobId", delivery.job.to_string()},
          {"eventId", delivery.event_id},
          {"url", shown_url(delivery.url)},
          {"state", delivery_state(delivery.state)},
          {"nextAttemptAt", waits ? ordered_json(iso_time(delivery.next_at)) : ordered_json(nullptr)},
          {"heldUntil", time_or_null(delivery.held_until)},
          {"receiverDisabledAt", time_or_null(delivery.disabled_at)},
          {"attempts", std::move(attempts)}};
}

ordered_json conversation(const Conversation& conversation) {
  return {{"id", conversation.id.to_string()},
          {"userId", id_or_null(conversation.user)},
          {"organizationId", conversation.organization.to_string()},
          {"createdAt", iso_time(conversation.created_at)},
          {"updatedAt", iso_time(conversation.updated_at)}};
}

ordered_json message(const Message& message) {
  return {{"role", message.from_assistant ? "assistant" : "user"},
          {"content", message.content},
          {"timestamp", iso_time(message.at)},
          {"jobId", message.job.to_string()}};
}

ordered_json user(const User& user) {
  return {{"id", user.id.to_string()},
          {"name", user.name},
          {"timeZone", user.time_zone},
          {"role", to_string(user.role)},
          {"disabled", user.disabled},
          {"createdAt", iso_time(user.created_at)}};
}

ordered_json key(const TokenRecord& token) {
  return {{"id", token.id.to_string()},
          {"kind", to_string(token.kind)},
          {"userId", id_or_null(token.user)},
          {"name", token.name},
          {"createdAt", iso_time(token.created_at)},
          {"expiresAt", time_or_null(token.expires_at)},
          {"lastUsedAt", time_or_null(token.last_used_at)},
          {"revokedAt", time_or_null(token.revoked_at)}};
}

ordered_json act(const AuditRecord& act) {
  const auto detail = ordered_json::parse(act.detail, nullptr, false);
  return {{"at", iso_time(act.at)},
          {"actor", act.actor},
          {"act", act.act},
          {"subjectId", act.subject.to_string()},
          {"detail", detail.is_discarded() ? ordered_json::object() : detail}};
}

ordered_json page(ordered_json data, std::optional<std::int64_t> next) {
  ordered_json body;
  body["data"] = std::move(data);
  body["pageInfo"] = {{"nextCursor", next ? ordered_json(std::to_string(*next)) : ordered_json(nullptr)}};
  return body;
}

}  // namespace jobsd::wire
