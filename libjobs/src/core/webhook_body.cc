#include "core/webhook_body.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace jobs {
namespace {

std::string json_string(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string_view or_null(std::string_view json) {
  return json.empty() ? std::string_view("null") : json;
}

// RFC 3339 in UTC, to the second.
std::string timestamp(Time at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(at - day));
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return text;
}

// The members that every event begins with.
std::string opening(const Uuid& job, State state, Time at) {
  std::string body = R"({"event_id":")" + webhook_event_id(job, state, at);
  body += R"(","jobId":")" + job.to_string();
  body += R"(","status":")";
  body += to_string(state);
  body += '"';
  return body;
}

}  // namespace

std::string webhook_event_id(const Uuid& job, State state, Time at) {
  std::string id = "evt_" + job.to_string().substr(0, 8) + "_";
  id += to_string(state);
  id += "_" + std::to_string(std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
  return id;
}

std::string terminal_webhook_body(const Uuid& job, State state, Time finished, std::string_view summary,
                                  const Failure* failure, std::string_view metadata_json) {
  if (!is_terminal(state)) throw std::invalid_argument("A job that has not ended has no terminal webhook.");
  std::string body = opening(job, state, finished);
  body += R"(,"result_summary":)" + (state == State::complete ? json_string(summary) : "null");
  if (state == State::failed) {
    body += R"(,"error":)";
    body += failure == nullptr
                ? "null"
                : R"({"code":)" + json_string(failure->code) + R"(,"message":)" + json_string(failure->message) + "}";
  }
  body += R"(,"metadata":)";
  body += or_null(metadata_json);
  body += R"(,"completed_at":")" + timestamp(finished) + "\"}";
  return body;
}

std::string progress_webhook_body(const Uuid& job, Time at, int iteration, std::string_view message,
                                  std::string_view metadata_json) {
  std::string body = opening(job, State::running, at);
  body += R"(,"progress":{"iteration":)" + std::to_string(iteration);
  body += R"(,"message":)" + json_string(message) + "}";
  body += R"(,"metadata":)";
  body += or_null(metadata_json);
  body += '}';
  return body;
}

}  // namespace jobs
