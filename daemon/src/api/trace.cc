#include "api/trace.h"

#include <algorithm>

#include "http/characters.h"
#include "jobs/trace.h"

namespace jobsd {

std::optional<std::string> traceparent_of(const http::Request& request) {
  const auto& fields = request.headers.all();
  const auto is_parent = [](const auto& field) { return http::characters::same_word(field.first, "traceparent"); };
  const auto given = std::find_if(fields.begin(), fields.end(), is_parent);
  if (given == fields.end() || std::find_if(given + 1, fields.end(), is_parent) != fields.end()) return std::nullopt;
  return jobs::forwarded_traceparent(given->second);
}

std::string log_prefix(const http::Request& request) {
  std::string out = "request=" + request.id;
  if (const auto parent = traceparent_of(request)) out.append(" trace=").append(*jobs::trace_id(*parent));
  return out;
}

}  // namespace jobsd
