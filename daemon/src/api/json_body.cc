#include "api/json_body.h"

#include <algorithm>
#include <string_view>

#include "api/json_text.h"
#include "http/media_type.h"

namespace jobsd {
namespace {

using nlohmann::json;

ApiError malformed(const std::string& problem) {
  return {.status = 400, .code = "bad_request", .detail = "Bad Request: " + problem};
}

std::string type_name(const json& value) {
  return value.is_number() ? "number" : value.is_boolean() ? "boolean" : value.type_name();
}

std::ptrdiff_t characters(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

}  // namespace

json json_object(const http::Request& request) {
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

void wrong_type(const std::string& field, const std::string& expected, const json& value) {
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

std::optional<bool> optional_boolean(const json& body, const std::string& field) {
  const auto found = body.find(field);
  if (found == body.end()) return std::nullopt;
  if (!found->is_boolean()) wrong_type(field, "boolean", *found);
  return found->get<bool>();
}

void check_length(const std::string& text, const std::string& field, int least, int most) {
  const auto length = characters(text);
  if (length < least) throw bad_field(field, "must contain at least " + std::to_string(least) + " character");
  if (length > most) throw bad_field(field, "must contain at most " + std::to_string(most) + " characters");
}

}  // namespace jobsd
