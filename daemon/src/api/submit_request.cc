#include "api/submit_request.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "api/error.h"
#include "api/json_text.h"
#include "http/media_type.h"
#include "jobs/signature.h"

namespace jobsd {
namespace {

using nlohmann::json;

ApiError malformed(const std::string& problem) {
  return {.status = 400, .code = "bad_request", .detail = "Bad Request: " + problem};
}

json parse_object(const http::Request& request) {
  if (!http::is_json(request.headers.find("Content-Type").value_or(""))) {
    throw ApiError{.status = 415,
                   .code = "unsupported_media_type",
                   .detail = "Unsupported Media Type: send Content-Type: application/json"};
  }
  if (nesting_depth(request.body) > json_depth_max) throw malformed("the body is nested too deeply");
  // The parser's own message quotes the body, which may hold a secret; where it stopped is enough.
  json body;
  try {
    body = json::parse(request.body);
  } catch (const json::parse_error& error) {
    throw malformed("the body is not valid JSON (at byte " + std::to_string(error.byte) + ")");
  } catch (const json::exception&) {
    throw malformed("the body holds a number that is out of range");
  }
  if (!body.is_object()) throw malformed("the body must be a JSON object");
  return body;
}

std::string type_name(const json& value) {
  return value.is_number() ? "number" : value.is_boolean() ? "boolean" : value.type_name();
}

[[noreturn]] void wrong_type(const std::string& field, const std::string& expected, const json& value) {
  throw bad_field(field, "Expected " + expected + ", received " + type_name(value));
}

std::optional<std::string> optional_string(const json& body, const std::string& field) {
  const auto found = body.find(field);
  if (found == body.end()) return std::nullopt;
  if (!found->is_string()) wrong_type(field, "string", *found);
  return found->get<std::string>();
}

std::optional<jobs::Uuid> optional_uuid(const json& body, const std::string& field) {
  const auto text = optional_string(body, field);
  if (!text) return std::nullopt;
  const auto id = jobs::Uuid::parse(*text);
  if (!id) throw bad_field(field, "Invalid uuid");
  return id;
}

template <typename T>
T required(std::optional<T> value, const std::string& field) {
  if (!value) throw bad_field(field, "Required");
  return std::move(*value);
}

// Of UTF-8 that the parser has checked.
std::ptrdiff_t characters(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

void check_length(const std::string& text, const std::string& field, int least, int most) {
  const auto length = characters(text);
  if (length < least) throw bad_field(field, "must contain at least " + std::to_string(least) + " character");
  if (length > most) throw bad_field(field, "must contain at most " + std::to_string(most) + " characters");
}

std::string webhook_secret(const json& body) {
  const std::string field = "webhookSigningSecret";
  const auto secret = optional_string(body, field);
  if (!secret) return {};
  if (secret->empty()) throw bad_field(field, "must not be empty");
  if (secret->size() > webhook_secret_bytes_max) {
    throw bad_field(field, "must be at most " + std::to_string(webhook_secret_bytes_max) + " bytes");
  }
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

std::optional<jobs::WebhookTarget> webhook(const json& body, std::string_view text, const outbound::Guard& guard) {
  const auto url = optional_string(body, "webhookUrl");
  std::string secret = webhook_secret(body);
  std::string metadata = webhook_metadata(body, text);
  bool progress = false;
  if (const auto found = body.find("progressWebhookEnabled"); found != body.end()) {
    if (!found->is_boolean()) wrong_type("progressWebhookEnabled", "boolean", *found);
    progress = found->get<bool>();
  }
  if (!url) {
    if (progress) throw bad_field("progressWebhookEnabled", "needs webhookUrl");
    return std::nullopt;
  }
  if (url->size() > webhook_url_bytes_max) {
    throw bad_field("webhookUrl", "must be at most " + std::to_string(webhook_url_bytes_max) + " bytes");
  }
  if (const auto refusal = guard.refuse_url(*url)) throw bad_field("webhookUrl", *refusal);
  return jobs::WebhookTarget{
      .url = *url, .secret = std::move(secret), .metadata = std::move(metadata), .progress = progress};
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

SubmitRequest read_submit_request(const http::Request& request, const outbound::Guard& guard) {
  const json body = parse_object(request);
  SubmitRequest submit;
  submit.model = required(optional_uuid(body, "modelId"), "modelId");
  submit.prompt = required(optional_string(body, "prompt"), "prompt");
  check_length(submit.prompt, "prompt", 1, prompt_characters_max);
  submit.conversation = optional_uuid(body, "conversationId");
  submit.branch = optional_uuid(body, "branchId");
  submit.topic = optional_string(body, "topicName");
  if (submit.topic) check_length(*submit.topic, "topicName", 1, topic_characters_max);
  submit.webhook = webhook(body, request.body, guard);
  submit.idempotency_key = idempotency_key(request.headers);
  return submit;
}

}  // namespace jobsd
