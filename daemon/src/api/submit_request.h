// api/submit_request.h - the body and headers of POST /ai/jobs, read and checked for form.
//
// Form alone: whether models, branches, topics and conversations exist is asked by whoever serves the request.
#pragma once

#include <optional>
#include <string>

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

// Throws ApiError: 400 naming the field, 415.
SubmitRequest read_submit_request(const http::Request& request, const outbound::Guard& guard);

}  // namespace jobsd
