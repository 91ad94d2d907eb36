// jobs/trace.h - the caller's distributed trace: the traceparent of W3C Trace Context (https://www.w3.org/TR/trace-context/).
//
// A job whose JobSpec::trace is one sends it with its webhooks, so that what a receiver does belongs to the same trace as what
// the caller did. The engine makes no spans of its own, and so passes the caller's on.
//
// Pure text functions, safe from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace jobs {

// The trace-id of a traceparent, 32 hexadecimal digits. Empty for what is not well-formed, which is to be taken as if it was
// not there. A version above the one known here is read as far as it is the same.
std::optional<std::string_view> trace_id(std::string_view traceparent);

// What is sent on for it: the same, in version 00, with nothing that a later version may have put behind. Empty for what is not
// well-formed.
std::optional<std::string> forwarded_traceparent(std::string_view traceparent);

}  // namespace jobs
