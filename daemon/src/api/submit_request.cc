#include "api/submit_request.h"

#include <algorithm>
#include <stdexcept>

#include "api/json_body.h"
#include "api/json_text.h"
#include "jobs/signature.h"

namespace jobsd {
namespace {

using nlohmann::json;

std::string webhook_secret(const json& body, const std::string& field) {
  const auto secret = optional_string(body, field);
  if (!secret) return {};
  if (secret->empty()) throw bad_field(field, "must not be empty");
  if (secret->size() > webhook_secret_bytes_max) {
    throw bad_field(field, "must be at most " + std::to_string(webhook_secret_bytes_max) + " bytes");
  }
  if (secret->find('\0') != std::string::npos) throw bad_field(field, "must not contain NUL");
  try {
    jobs::standard_signature(*secret, "id", "0", "");
  } catch (const std::invalid_argument&) {
    throw bad_field(field, "what follows \"whsec_\" must be base64");
  }
  return *secret;
}

std::string webhook_metadata(const json& body, std::string_view text) {
  const std::string field = "webhookMetadata";
  const auto found = body.find(field);
  if (found == body.end()) return {};
  if (!found->is_object()) wrong_type(field, "object", *found);
  const auto written = member_text(text, field);
  if (!written) throw bad_field(field, "Expected object");
  if (written->size() > webhook_metadata_bytes_max) {
    throw bad_field(field, "must be at most " + std::to_string(webhook_metadata_bytes_max) + " bytes of JSON");
  }
  return std::string(*written);
}

std::optional<std::string> idempotency_key(const http::Headers& headers) {
  const auto value = headers.find("Idempotency-Key");
  if (!value) return std::nullopt;
  if (value->empty() || value->size() > idempotency_key_characters_max) {
    throw bad_field("Idempotency-Key", "must be 1 to " + std::to_string(idempotency_key_characters_max) + " characters");
  }
  const bool printable = std::all_of(value->begin(), value->end(), [](char c) { return c >= 0x20 && c < 0x7F; });
  if (!printable) throw bad_field("Idempotency-Key", "must be printable ASCII");
  return std::string(*value);
}

}  // namespace

std::optional<jobs::WebhookTarget> read_webhook(const json& body, std::string_view text, const outbound::Guard& guard) {
  const auto url = optional_string(body, "webhookUrl");
  std::string secret = webhook_secret(body, "webhookSigningSecret");
  std::string old_secret = webhook_secret(body, "webhookOldSigningSecret");
  if (secret.empty() && !old_secret.empty()) throw bad_field("webhookOldSigningSecret", "needs webhookSigningSecret");
  std::string metadata = webhook_metadata(body, text);
  const bool progress = optional_boolean(body, "progressWebhookEnabled").value_or(false);
  if (!url) {
    if (progress) throw bad_field("progressWebhookEnabled", "needs webhookUrl");
    return std::nullopt;
  }
  if (url->size() > webhook_url_bytes_max) {
    throw bad_field("webhookUrl", "must be at most " + std::to_string(webhook_url_bytes_max) + " bytes");
  }
  if (const auto refusal = guard.refuse_url(*url)) throw bad_field("webhookUrl", *refusal);
  return jobs::WebhookTarget{.url = *url,
                             .secret = std::move(secret),
                             .old_secret = std::move(old_secret),
                             .metadata = std::move(metadata),
                             .progress = progress};
}

SubmitRequest read_submit_request(const http::Request& request, const outbound::Guard& guard) {
  const json body = json_object(request);
  SubmitRequest submit;
  submit.model = required(optional_uuid(body, "modelId"), "modelId");
  submit.prompt = required(optional_string(body, "prompt"), "prompt");
  check_length(submit.prompt, "prompt", 1, prompt_characters_max);
  submit.conversation = optional_uuid(body, "conversationId");
  submit.branch = optional_uuid(body, "branchId");
  submit.topic = optional_string(body, "topicName");
  if (submit.topic) check_length(*submit.topic, "topicName", 1, topic_characters_max);
  submit.webhook = read_webhook(body, request.body, guard);
  submit.idempotency_key = idempotency_key(request.headers);
  return submit;
}

}  // namespace jobsd
