// api/submit_request.h - the body and headers of POST /ai/jobs, read and checked for form.
//
// Form alone: whether models, branches, topics and conversations exist is asked by whoever serves the request.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"
#include "jobs/job.h"
#include "jobs/uuid.h"
#include "outbound/guard.h"

namespace jobsd {

inline constexpr int prompt_characters_max = 20'000;
inline constexpr int topic_characters_max = 256;
inline constexpr std::size_t webhook_url_bytes_max = 2'048;
inline constexpr std::size_t webhook_secret_bytes_max = 1'024;
inline constexpr std::size_t webhook_metadata_bytes_max = 16 * 1024;
inline constexpr std::size_t idempotency_key_characters_max = 255;

struct SubmitRequest {
  jobs::Uuid model = {};
  std::string prompt = {};
  std::optional<jobs::Uuid> conversation = {};
  std::optional<jobs::Uuid> branch = {};
  std::optional<std::string> topic = {};
  std::optional<jobs::WebhookTarget> webhook = {};
  std::optional<std::string> idempotency_key = {};
};

// webhookUrl and what goes with it; `text` is the body as it was written. Throws ApiError 400.
std::optional<jobs::WebhookTarget> read_webhook(const nlohmann::json& body, std::string_view text, const outbound::Guard& guard);

// Throws ApiError: 400 naming the field, 415.
SubmitRequest read_submit_request(const http::Request& request, const outbound::Guard& guard);

}  // namespace jobsd
