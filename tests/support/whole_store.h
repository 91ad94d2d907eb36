// support/whole_store.h - what holds in every file of the engine's, whatever happened to its process or its disk.
//
// A job, its events, its result and its outbox row change in one transaction. So nothing that is half there needs a list
// of what was done: each rule below is about two tables that must agree.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <array>
#include <filesystem>
#include <string>

// The first rule that does not hold, or nothing. No engine may have the file open.
inline std::string broken_rule(const std::filesystem::path& path) {
  SQLite::Database file(path.string(), SQLite::OPEN_READWRITE);
  if (const std::string found = file.execAndGet("PRAGMA integrity_check").getString(); found != "ok") return found;
  if (SQLite::Statement(file, "PRAGMA foreign_key_check").executeStep()) return "a foreign key leads nowhere";
  struct Rule {
    const char* broken;
    const char* count;
  };
  // States and event types by number, as jobs/job.h has them.
  constexpr std::array rules = {
      Rule{"a job whose newest event is missing or another's",
           "SELECT count(*) FROM jobs WHERE NOT EXISTS (SELECT 1 FROM events WHERE id = last_event AND job = number)"},
      Rule{"a job whose state and newest event differ",
           "SELECT count(*) FROM jobs JOIN events ON events.id = last_event WHERE NOT CASE state WHEN 0 THEN type IN (0, 4, 8) "
           "OR (type = 3 AND json_extract(data, '$.signal') IS NOT NULL) WHEN 1 THEN type IN (1, 2, 3) WHEN 2 THEN type = 5 WHEN 3 THEN type = 6 WHEN 4 THEN type = 7 END"},
      Rule{"an event whose predecessor is missing, later, or another job's",
           "SELECT count(*) FROM events AS e WHERE previous <> 0 AND NOT EXISTS (SELECT 1 FROM events AS p "
           "WHERE p.id = e.previous AND p.job = e.job AND p.id < e.id)"},
      Rule{"a job with no first event, or two",
           "SELECT count(*) FROM jobs WHERE 1 <> (SELECT count(*) FROM events WHERE job = number AND previous = 0 AND type = 0)"},
      Rule{"an event of no job", "SELECT count(*) FROM events WHERE job NOT IN (SELECT number FROM jobs)"},
      Rule{"a result of a job that is not COMPLETE",
           "SELECT count(*) FROM results JOIN jobs USING (number) WHERE state <> 2"},
      Rule{"a step without its event, or an event without its step",
           "SELECT count(*) FROM jobs WHERE (SELECT count(*) FROM steps WHERE job = number) <> "
           "(SELECT count(DISTINCT json_extract(data, '$.name')) FROM events WHERE job = number AND "
           "(type = 3 OR (type = 8 AND json_extract(data, '$.waits_for') = 'time')))"},
      Rule{"a signal without its event, or an event without its signal",
           "SELECT count(*) FROM jobs WHERE (SELECT count(*) FROM signals WHERE job = number AND payload IS NOT NULL) <> "
           "(SELECT count(*) FROM events WHERE job = number AND type = 3 AND json_extract(data, '$.signal') IS NOT NULL)"},
      Rule{"a job that counts others than it waits for",
           "SELECT count(*) FROM jobs WHERE state < 2 AND open_jobs <> "
           "(SELECT count(*) FROM dependencies WHERE job = number AND settled = 0)"},
      Rule{"a job that waits for nothing that could come",
           "SELECT count(*) FROM jobs WHERE state = 0 AND due = 2 AND CASE WHEN awaits IS NULL THEN open_jobs = 0 "
           "ELSE EXISTS (SELECT 1 FROM signals WHERE job = number AND name = awaits) END"},
      Rule{"a job whose end others were not told of",
           "SELECT count(*) FROM dependencies JOIN jobs ON number = on_job "
           "WHERE settled = 0 AND (has_dependents = 0 OR (state >= 2 AND unsettled = 0))"},
      Rule{"a job that ended without its webhook, or a webhook of one that did not end",
           "SELECT count(*) FROM jobs WHERE (SELECT count(*) FROM deliveries WHERE job = number) <> (webhook > 0 AND state >= 2)"},
      Rule{"a job that was to tell someone and has no address",
           "SELECT count(*) FROM jobs WHERE (webhook > 0) <> EXISTS (SELECT 1 FROM webhooks WHERE webhooks.number = jobs.number)"},
  };
  for (const Rule& rule : rules) {
    if (file.execAndGet(rule.count).getInt() != 0) return rule.broken;
  }
  return {};
}
