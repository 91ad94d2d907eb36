#include "api/trace.h"

#include <algorithm>

#include "http/characters.h"

namespace jobsd {
namespace {

bool is_hex(std::string_view text) { return text.find_first_not_of("0123456789abcdef") == std::string_view::npos; }

bool is_zero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

}  // namespace

std::optional<std::string_view> trace_id(std::string_view traceparent) {
  // version "-" trace-id "-" parent-id "-" flags
  constexpr std::size_t size = 2 + 1 + 32 + 1 + 16 + 1 + 2;
  if (traceparent.size() < size) return std::nullopt;
  const auto version = traceparent.substr(0, 2);
  const auto trace = traceparent.substr(3, 32);
  const auto parent = traceparent.substr(36, 16);
  const auto flags = traceparent.substr(53, 2);
  if (traceparent[2] != '-' || traceparent[35] != '-' || traceparent[52] != '-') return std::nullopt;
  if (!is_hex(version) || !is_hex(trace) || !is_hex(parent) || !is_hex(flags)) return std::nullopt;
  if (version == "ff" || is_zero(trace) || is_zero(parent)) return std::nullopt;
  if (traceparent.size() > size && (version == "00" || traceparent[size] != '-')) return std::nullopt;
  return trace;
}

std::string log_prefix(const http::Request& request) {
  std::string out = "request=" + request.id;
  const auto& fields = request.headers.all();
  const auto is_parent = [](const auto& field) { return http::characters::same_word(field.first, "traceparent"); };
  const auto given = std::find_if(fields.begin(), fields.end(), is_parent);
  if (given == fields.end() || std::find_if(given + 1, fields.end(), is_parent) != fields.end()) return out;
  if (const auto trace = trace_id(given->second)) out.append(" trace=").append(*trace);
  return out;
}

}  // namespace jobsd
