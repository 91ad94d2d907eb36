-- The engine's tables. Integers for times (milliseconds since 1970, UTC), states and keys; what an index is for stands
-- beside it. The partial indexes are found only through the same literal predicate in the statement.

-- Queue names, stored once.
CREATE TABLE queues (
  id    INTEGER PRIMARY KEY,
  name  TEXT NOT NULL UNIQUE
) STRICT;

-- One row a job. `number` is carried inside `id` (jobs/uuid.h), so that an id is looked up without an index of its own.
CREATE TABLE jobs (
  number            INTEGER PRIMARY KEY,
  id                BLOB    NOT NULL CHECK (length(id) = 16),
  queue             INTEGER NOT NULL,              -- queues.id
  kind              TEXT    NOT NULL,
  state             INTEGER NOT NULL DEFAULT 0,  -- 0 PENDING, 1 RUNNING, 2 COMPLETE, 3 FAILED, 4 CANCELLED
  due               INTEGER NOT NULL DEFAULT 1,  -- PENDING only: 1 may run now, 0 waits for run_at
  priority          INTEGER NOT NULL DEFAULT 0,
  attempt           INTEGER NOT NULL DEFAULT 0,  -- the fence: rises with each claim, never falls
  attempts_returned INTEGER NOT NULL DEFAULT 0,
  max_attempts      INTEGER NOT NULL,
  created_at        INTEGER NOT NULL,
  updated_at        INTEGER NOT NULL,
  run_at            INTEGER NOT NULL,
  started_at        INTEGER,
  finished_at       INTEGER,
  lease_until       INTEGER,                     -- RUNNING only
  outside           INTEGER NOT NULL DEFAULT 0,  -- RUNNING only: 1 when the run outlives the process that owns the file
  time_limit        INTEGER NOT NULL DEFAULT 0,
  last_event        INTEGER NOT NULL,            -- the newest of the job's events, the head of their list
  webhook           INTEGER NOT NULL DEFAULT 0,  -- 0 none, 1 tells the end, 2 tells progress too
  cancel_requested  INTEGER NOT NULL DEFAULT 0,
  unique_key        TEXT,
  cancelled_by      TEXT,
  progress          TEXT,                        -- JSON {"iteration","message","at"}
  failure           TEXT,                        -- JSON {"code","message","detail"}
  metadata          TEXT,
  payload           TEXT,                        -- NULL: empty, or too long for here and in `payloads`
  CHECK (state BETWEEN 0 AND 4),
  CHECK ((state = 1) = (lease_until IS NOT NULL)),
  CHECK ((state >= 2) = (finished_at IS NOT NULL)),
  CHECK (max_attempts >= 1 AND attempt >= 0 AND attempts_returned BETWEEN 0 AND attempt)
) STRICT;

-- What may run now, in the order in which it runs.
CREATE INDEX jobs_ready ON jobs (queue, priority DESC, number) WHERE state = 0 AND due = 1;
-- What will be due, soonest first.
CREATE INDEX jobs_scheduled ON jobs (run_at) WHERE state = 0 AND due = 0;
-- Whose lease ends first.
CREATE INDEX jobs_leases ON jobs (lease_until) WHERE state = 1;
-- At most one live job a key.
CREATE UNIQUE INDEX jobs_live_key ON jobs (unique_key) WHERE unique_key IS NOT NULL AND state IN (0, 1);

-- Payloads too long to be rewritten with every change of their job's row.
CREATE TABLE payloads (
  number  INTEGER PRIMARY KEY REFERENCES jobs (number) ON DELETE CASCADE,
  payload TEXT NOT NULL
) STRICT;

-- What a COMPLETE job produced. Absent when both are empty.
CREATE TABLE results (
  number  INTEGER PRIMARY KEY REFERENCES jobs (number) ON DELETE CASCADE,
  summary TEXT NOT NULL,
  output  TEXT NOT NULL
) STRICT;

-- One strictly rising log. The events of one job are a list: jobs.last_event is its head and `previous` leads back, which
-- spares an index that would cost more than the log itself.
CREATE TABLE events (
  id       INTEGER PRIMARY KEY,
  job      INTEGER NOT NULL,
  previous INTEGER NOT NULL,                     -- 0: the first
  type     INTEGER NOT NULL CHECK (type BETWEEN 0 AND 8),
  at       INTEGER NOT NULL,
  attempt  INTEGER NOT NULL,
  data     TEXT
) STRICT;

-- What a handler stored on its way.
CREATE TABLE steps (
  job     INTEGER NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,
  name    TEXT    NOT NULL,
  attempt INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  result  TEXT    NOT NULL,
  UNIQUE (job, name)
) STRICT;

-- Where a job's webhook goes.
CREATE TABLE webhooks (
  number   INTEGER PRIMARY KEY REFERENCES jobs (number) ON DELETE CASCADE,
  url      TEXT NOT NULL,
  secret   BLOB,                                 -- AES-256-GCM: nonce, ciphertext, tag; NULL: unsigned
  metadata TEXT,
  progress INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The outbox: written with the terminal transition, emptied by the courier.
CREATE TABLE deliveries (
  id         INTEGER PRIMARY KEY,
  job        INTEGER NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,
  host       TEXT    NOT NULL,                   -- "host:port" of the URL: each has its own places
  event_id   TEXT    NOT NULL,
  body       TEXT    NOT NULL,
  state      INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 2),  -- 0 pending, 1 delivered, 2 dead
  attempts   INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  next_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE state = 0;
-- Passes over the backlog of a host that is slow or down.
CREATE INDEX deliveries_by_host ON deliveries (host, next_at) WHERE state = 0;
CREATE INDEX deliveries_by_job ON deliveries (job);

-- What each attempt to deliver met with.
CREATE TABLE delivery_attempts (
  delivery INTEGER NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
  number   INTEGER NOT NULL,
  at       INTEGER NOT NULL,
  took     INTEGER NOT NULL,
  status   INTEGER NOT NULL,
  error    TEXT    NOT NULL,
  body     TEXT    NOT NULL,
  PRIMARY KEY (delivery, number)
) STRICT, WITHOUT ROWID;

-- The embedder's own migrations that have run.
CREATE TABLE embedder_migrations (
  number     INTEGER PRIMARY KEY,
  name       TEXT    NOT NULL,
  applied_at INTEGER NOT NULL
) STRICT;
