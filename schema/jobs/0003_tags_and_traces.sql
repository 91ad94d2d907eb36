-- Words to find a job by, and the trace it belongs to.

ALTER TABLE jobs ADD COLUMN tags TEXT;                                  -- JSON array of strings, sorted
ALTER TABLE jobs ADD COLUMN trace TEXT;                                 -- the caller's trace context, as it came

-- Finds the jobs of a tag, newest first.
CREATE TABLE job_tags (
  tag    TEXT    NOT NULL,
  number INTEGER NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,
  PRIMARY KEY (tag, number)
) STRICT, WITHOUT ROWID;
-- For removing a job.
CREATE INDEX job_tags_of_job ON job_tags (number);
