// api/trace.h - which distributed trace a request belongs to.
//
// Free functions without state.
#pragma once

#include <optional>
#include <string>

#include "http/message.h"

namespace jobsd {

// The traceparent that the caller sent, as it is sent on. Empty: none, more than one, or one that is not well-formed.
std::optional<std::string> traceparent_of(const http::Request& request);

// "request=ID" and, where the caller sent a valid traceparent, " trace=TRACE_ID": what a log line about the request starts with.
std::string log_prefix(const http::Request& request);

}  // namespace jobsd
