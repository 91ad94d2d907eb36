// answer/stored.h - plans and results as text, for the journal.
//
// Whatever was run is read back instead of run again, so nothing may be lost on the way: from_text(to_text(x)) equals
// x, but for text that is not UTF-8, whose bad bytes become U+FFFD. Thread safety: pure functions. The from_… functions
// throw Error(database) on text that they did not write.
#pragma once

#include <string>
#include <string_view>

#include "analyst/analyst.h"
#include "plan/reading.h"

namespace analyst::answering {

// When it was made, in Unix milliseconds, is kept beside the result.
struct StoredResult {
  QueryResult result = {};
  std::int64_t timestamp = 0;
};

std::string to_text(const StoredResult& stored);
StoredResult result_from_text(std::string_view text);

std::string to_text(const planning::Reading& reading);
planning::Reading reading_from_text(std::string_view text);

}  // namespace analyst::answering
