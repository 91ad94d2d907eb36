// api/trace.h - the caller's distributed trace: the traceparent field of W3C Trace Context (https://www.w3.org/TR/trace-context/).
//
// Pure text functions, safe from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace jobsd {

// The trace-id of a traceparent, 32 hexadecimal digits. Empty for what is not well-formed, which is to be taken as if it was
// not there. A version above the one known here is read as far as it is the same.
std::optional<std::string_view> trace_id(std::string_view traceparent);

// "request=ID" and, where the caller sent one valid traceparent, " trace=TRACE_ID": what a log line about the request starts with.
std::string log_prefix(const http::Request& request);

}  // namespace jobsd
