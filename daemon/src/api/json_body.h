// api/json_body.h - the JSON object that a request carries, and its fields, checked for form.
//
// Everything throws ApiError that names the field: 400 "Bad Request: prompt: Required". Fields that are not asked for are ignored.
// Thread safety: free functions without state.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "api/error.h"
#include "http/message.h"
#include "jobs/uuid.h"

namespace jobsd {

inline constexpr int json_depth_max = 64;

// 415 not JSON; 400 malformed, no object, nested too deeply.
nlohmann::json json_object(const http::Request& request);

[[noreturn]] void wrong_type(const std::string& field, const std::string& expected, const nlohmann::json& value);

// Empty: there is no such field.
std::optional<std::string> optional_string(const nlohmann::json& body, const std::string& field);
std::optional<jobs::Uuid> optional_uuid(const nlohmann::json& body, const std::string& field);
std::optional<bool> optional_boolean(const nlohmann::json& body, const std::string& field);

template <typename T>
T required(std::optional<T> value, const std::string& field) {
  if (!value) throw bad_field(field, "Required");
  return std::move(*value);
}

// In characters, of UTF-8 that the parser has checked.
void check_length(const std::string& text, const std::string& field, int least, int most);

}  // namespace jobsd
