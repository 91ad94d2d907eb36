// http/media_type.h - Content-Type and Accept, as far as a JSON service needs them.
//
// Pure text functions, safe from any thread. Quality values are only looked at to tell "q=0", a refusal, from the rest.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace http {

struct MediaType {
  // Lower case.
  std::string type = {};
  std::string subtype = {};
  // Names in lower case, values unquoted, in order.
  std::vector<std::pair<std::string, std::string>> parameters = {};

  std::optional<std::string_view> parameter(std::string_view name) const;
};

// Empty if it is not `type/subtype *( ; name=value )`.
std::optional<MediaType> parse_media_type(std::string_view text);

// The media ranges of an Accept field, in order; those that cannot be read or have q=0 are left out.
std::vector<MediaType> parse_accept(std::string_view text);

// Whether a Content-Type says JSON: "application/json" or "…+json", with charset=utf-8 or none.
bool is_json(std::string_view content_type);

// Whether an Accept field takes the type named, "text/event-stream": an absent (empty) field takes all.
bool accepts(std::string_view accept, std::string_view type);

}  // namespace http
