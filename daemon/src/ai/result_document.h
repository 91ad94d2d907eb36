// ai/result_document.h - the answer as the JSON document that a job stores and GET …/result sends.
//
// The stored document is the full one. What only the typed profile shows (`columns`, `rows`, `sql`) is left out while the
// bytes are sent (api/result_stream.h), so that it is stored once and never parsed again.
#pragma once

#include <string>
#include <string_view>

#include "analyst/analyst.h"

namespace jobsd {

std::string result_document(const analyst::Answer& answer, std::string_view conversation_url);

// The last semantic query that ran well, as JSON; empty when there was none. It is what a follow-up changes.
std::string last_query(const analyst::Answer& answer);

// One query that was run, as POST /query/run answers. Typed: with its values as JSON and its statement as well.
std::string query_document(const analyst::QueryResult& result, bool typed);

}  // namespace jobsd
