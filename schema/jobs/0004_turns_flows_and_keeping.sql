-- What a job can be asked for beyond running once: a key whose jobs take turns, a deadline, other jobs, signals.

-- ---- Turns ----

-- Whose job it is (a tenant, a customer): jobs of one queue take turns between their keys. '': no key.
ALTER TABLE jobs ADD COLUMN key TEXT NOT NULL DEFAULT '';
ALTER TABLE queues ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;
-- What may run now, each key's jobs in the order in which they run.
DROP INDEX jobs_ready;
CREATE INDEX jobs_ready ON jobs (queue, key, priority DESC, number) WHERE state = 0 AND due = 1;
-- The live jobs of a key in the order of submission, for queues that keep that order.
CREATE INDEX jobs_key_order ON jobs (queue, key, number) WHERE state IN (0, 1) AND key <> '';

-- When the next job of a queue with a rate limit, or of one of its keys, conforms (GCRA's theoretical arrival time, in
-- nanoseconds since 1970). '' is the queue as a whole. What lies in the past says nothing and is removed.
CREATE TABLE rates (
  queue INTEGER NOT NULL,
  key   TEXT    NOT NULL,
  next  INTEGER NOT NULL,
  PRIMARY KEY (queue, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX rates_next ON rates (next);

-- ---- Submission and retries ----

ALTER TABLE jobs ADD COLUMN deadline INTEGER;                           -- not terminal by then: FAILED
-- What waits past its deadline. A run finds out by itself.
CREATE INDEX jobs_deadlines ON jobs (deadline) WHERE state = 0 AND deadline IS NOT NULL;

-- Unique keys that are held for a period, whatever becomes of their job.
CREATE TABLE unique_periods (
  key    TEXT    PRIMARY KEY,
  job    BLOB    NOT NULL CHECK (length(job) = 16),  -- jobs.id, which may be gone by then
  until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX unique_periods_until ON unique_periods (until);

-- Why attempts failed that another followed. Why a job is FAILED stands in jobs.failure alone.
CREATE TABLE failures (
  job     INTEGER NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,
  attempt INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  failure TEXT    NOT NULL,                      -- JSON {"code","message","detail"}
  PRIMARY KEY (job, attempt, at)                 -- an attempt has two when its job failed again by its deadline
) STRICT, WITHOUT ROWID;

-- ---- Flows ----

-- PENDING with due = 2 waits for other jobs (open_jobs > 0) or a signal (awaits), until wake_at at the latest.
ALTER TABLE jobs ADD COLUMN open_jobs INTEGER NOT NULL DEFAULT 0;       -- jobs it depends on that are not terminal yet
ALTER TABLE jobs ADD COLUMN awaits TEXT;                                -- the name of the signal it waits for
ALTER TABLE jobs ADD COLUMN wake_at INTEGER;
ALTER TABLE jobs ADD COLUMN after_failure INTEGER NOT NULL DEFAULT 0;   -- a job it depends on did not complete: 0 fail too, 1 run
ALTER TABLE jobs ADD COLUMN has_dependents INTEGER NOT NULL DEFAULT 0;  -- rows in `dependencies` name it
ALTER TABLE jobs ADD COLUMN parent BLOB;                                -- the id of the job whose handler submitted it
-- It ended, and not all that wait for it, or must be cancelled with it, know yet.
ALTER TABLE jobs ADD COLUMN unsettled INTEGER NOT NULL DEFAULT 0;
CREATE INDEX jobs_unsettled ON jobs (number) WHERE unsettled = 1;
CREATE INDEX jobs_waiting ON jobs (wake_at) WHERE state = 0 AND due = 2;

-- Which job waits for which. A parent waits for its children in the same way.
CREATE TABLE dependencies (
  on_job  INTEGER NOT NULL,
  job     INTEGER NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,
  child   INTEGER NOT NULL,                      -- 1: `job` submitted `on_job` and waits for it as its parent
  settled INTEGER NOT NULL,                      -- 1: `on_job` ended, and `job` knows
  PRIMARY KEY (on_job, job)
) STRICT, WITHOUT ROWID;
CREATE INDEX dependencies_of_job ON dependencies (job, on_job);

-- What came from outside for a job, once a name. NULL: the wait for it ended before it came.
CREATE TABLE signals (
  job     INTEGER NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,
  name    TEXT    NOT NULL,
  at      INTEGER NOT NULL,
  payload TEXT,
  PRIMARY KEY (job, name)
) STRICT, WITHOUT ROWID;

-- Steps that failed.
CREATE TABLE step_failures (
  job      INTEGER NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,
  name     TEXT    NOT NULL,
  attempt  INTEGER NOT NULL,                     -- of those that count: each attempt of the job has tries of its own
  failures INTEGER NOT NULL,
  spent    INTEGER NOT NULL,                     -- 0 will be tried again, 1 no try is left, 2 the failure says not to retry
  at       INTEGER NOT NULL,
  failure  TEXT    NOT NULL,                     -- JSON, as failures.failure
  PRIMARY KEY (job, name)
) STRICT, WITHOUT ROWID;

-- ---- Webhooks ----

-- Receivers that fail. A row goes when its receiver answers again.
CREATE TABLE endpoints (
  host          TEXT    PRIMARY KEY,             -- as deliveries.host
  failing_since INTEGER NOT NULL,
  failures      INTEGER NOT NULL,
  retry_at      INTEGER NOT NULL,                -- nothing is sent there before, but one probe
  disabled_at   INTEGER                          -- it failed for days
) STRICT, WITHOUT ROWID;
