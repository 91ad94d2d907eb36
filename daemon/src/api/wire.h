// api/wire.h - the one place where states, errors and the shapes of answers are written.
//
// Thread safety: free functions without state.
#pragma once

#include <exception>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "api/error.h"
#include "config/config.h"
#include "conversations/conversations.h"
#include "http/message.h"
#include "identity/records.h"
#include "jobs/job.h"
#include "jobs/webhook.h"

namespace jobsd::wire {

using StateNames = ApiConfig::StateNames;

// ---- Answers ----

http::Response json(int status, const nlohmann::ordered_json& body);
// Of JSON that is written already.
http::Response written_json(int status, std::string body);
http::Response error(const ApiError& error);
// What the server refuses by itself: an unreadable request, an unknown route, a wrong method.
http::Response error(int status, std::string_view detail);
// What a handler threw. What is not meant for the client becomes a bare 500; `internal` then says what it was, for the log.
http::Response error(const std::exception_ptr& thrown, std::string* internal);

// ---- Names ----

// PENDING and RUNNING are QUEUED and EXECUTING in the published API.
std::string_view state(jobs::State state, StateNames names);
// Both spellings are understood, whichever is written.
std::optional<jobs::State> parse_state(std::string_view text);

std::string_view delivery_state(jobs::DeliveryState state);
std::optional<jobs::DeliveryState> parse_delivery_state(std::string_view text);

// ---- Shapes ----

struct JobStyle {
  StateNames names = StateNames::jobs;
  // Without a slash at its end.
  std::string public_url = {};
};

nlohmann::ordered_json job(const AiJob& job, const JobStyle& style);
// `trace` is the job's, which its first event tells.
nlohmann::ordered_json event(const jobs::Event& event, const std::string& trace);
nlohmann::ordered_json delivery(const jobs::Delivery& delivery);
nlohmann::ordered_json conversation(const Conversation& conversation);
nlohmann::ordered_json message(const Message& message);
nlohmann::ordered_json user(const User& user);
nlohmann::ordered_json key(const TokenRecord& token);
nlohmann::ordered_json act(const AuditRecord& act);
// A page of a list: {"data": […], "pageInfo": {"nextCursor"}}.
nlohmann::ordered_json page(nlohmann::ordered_json data, std::optional<std::int64_t> next);

}  // namespace jobsd::wire
