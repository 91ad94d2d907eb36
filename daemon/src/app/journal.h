// app/journal.h - a line of the log as an entry of systemd's journal, with fields to search by.
//
//   journalctl -u jobsd JOBSD_JOB=550e8400-e29b-41d4-a716-446655440000
//
// Thread safety: every function may be called from any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jobs/engine.h"

namespace jobsd {

// Whether standard error is the journal: JOURNAL_STREAM names it (systemd.exec(5)).
bool is_journal(int descriptor);

// "MESSAGE=…", "PRIORITY=6", and for what the line begins with: "job=ID" becomes JOBSD_JOB, "request=ID" JOBSD_REQUEST,
// "trace=ID" JOBSD_TRACE. The message stays whole.
std::vector<std::string> journal_fields(jobs::LogLevel level, std::string_view line);

// False: the journal took nothing.
bool send_to_journal(const std::vector<std::string>& fields);

}  // namespace jobsd
