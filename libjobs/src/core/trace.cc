#include "jobs/trace.h"

namespace jobs {
namespace {

// version "-" trace-id "-" parent-id "-" flags
constexpr std::size_t traceparent_size = 2 + 1 + 32 + 1 + 16 + 1 + 2;

bool is_hex(std::string_view text) { return text.find_first_not_of("0123456789abcdef") == std::string_view::npos; }

bool is_zero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

}  // namespace

std::optional<std::string_view> trace_id(std::string_view traceparent) {
  if (traceparent.size() < traceparent_size) return std::nullopt;
  const auto version = traceparent.substr(0, 2);
  const auto trace = traceparent.substr(3, 32);
  const auto parent = traceparent.substr(36, 16);
  const auto flags = traceparent.substr(53, 2);
  if (traceparent[2] != '-' || traceparent[35] != '-' || traceparent[52] != '-') return std::nullopt;
  if (!is_hex(version) || !is_hex(trace) || !is_hex(parent) || !is_hex(flags)) return std::nullopt;
  if (version == "ff" || is_zero(trace) || is_zero(parent)) return std::nullopt;
  if (traceparent.size() > traceparent_size && (version == "00" || traceparent[traceparent_size] != '-')) return std::nullopt;
  return trace;
}

std::optional<std::string> forwarded_traceparent(std::string_view traceparent) {
  if (!trace_id(traceparent)) return std::nullopt;
  return "00" + std::string(traceparent.substr(2, traceparent_size - 2));
}

}  // namespace jobs
