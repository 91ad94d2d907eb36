-- Jobs that are submitted by the clock.

ALTER TABLE jobs ADD COLUMN schedule INTEGER;                           -- schedules.id, when one made it
-- The live jobs of a schedule.
CREATE INDEX jobs_of_schedule ON jobs (schedule) WHERE state IN (0, 1) AND schedule IS NOT NULL;

CREATE TABLE schedules (
  id         INTEGER PRIMARY KEY,
  name       TEXT    NOT NULL UNIQUE,
  definition TEXT    NOT NULL,                   -- JSON: expression, time zone, policies, and the job to submit
  paused     INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  next_at    INTEGER NOT NULL,
  last_at    INTEGER,
  last_job   INTEGER
) STRICT;
CREATE INDEX schedules_due ON schedules (next_at) WHERE paused = 0;
