-- A file as the release with schema 3 left it, written out as text. Never edited: a file out there looks like this.
PRAGMA application_id = 1246708307;
PRAGMA user_version = 3;
BEGIN TRANSACTION;
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
INSERT INTO "deliveries" VALUES(1,1,'receiver.example:443','evt_514e28b7_COMPLETE_1700000000','{"event_id":"evt_514e28b7_COMPLETE_1700000000","jobId":"514e28b7-ac4d-8b46-a485-9eb6514e28b7","status":"COMPLETE","result_summary":"done","metadata":{"a":1},"completed_at":"2023-11-14T22:13:20Z"}',0,0,1700000000000,1700000000000);
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
CREATE TABLE embedder_migrations (
  number     INTEGER PRIMARY KEY,
  name       TEXT    NOT NULL,
  applied_at INTEGER NOT NULL
) STRICT;
CREATE TABLE events (
  id       INTEGER PRIMARY KEY,
  job      INTEGER NOT NULL,
  previous INTEGER NOT NULL,                     -- 0: the first
  type     INTEGER NOT NULL CHECK (type BETWEEN 0 AND 8),
  at       INTEGER NOT NULL,
  attempt  INTEGER NOT NULL,
  data     TEXT
) STRICT;
INSERT INTO "events" VALUES(1,1,0,0,1700000000000,0,NULL);
INSERT INTO "events" VALUES(2,1,1,1,1700000000000,1,NULL);
INSERT INTO "events" VALUES(3,1,2,3,1700000000000,1,'{"name":"step"}');
INSERT INTO "events" VALUES(4,1,3,2,1700000000000,1,'{"iteration":1,"message":"halfway"}');
INSERT INTO "events" VALUES(5,1,4,5,1700000000000,1,NULL);
INSERT INTO "events" VALUES(6,2,0,0,1700000000000,0,NULL);
INSERT INTO "events" VALUES(7,2,6,1,1700000000000,1,NULL);
INSERT INTO "events" VALUES(8,2,7,6,1700000000000,1,'{"code":"broken","message":"it broke"}');
INSERT INTO "events" VALUES(9,3,0,0,1700000000000,0,NULL);
INSERT INTO "events" VALUES(10,3,9,7,1700000000000,0,NULL);
INSERT INTO "events" VALUES(11,4,0,0,1700000000000,0,NULL);
INSERT INTO "events" VALUES(12,4,11,1,1700000000000,1,NULL);
INSERT INTO "events" VALUES(13,4,12,3,1700000000000,1,'{"name":"step"}');
INSERT INTO "events" VALUES(14,5,0,0,1700000000000,0,NULL);
INSERT INTO "events" VALUES(15,6,0,0,1700000000000,0,NULL);
INSERT INTO "events" VALUES(16,7,0,0,1700000000000,0,NULL);
CREATE TABLE job_tags (
  tag    TEXT    NOT NULL,
  number INTEGER NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,
  PRIMARY KEY (tag, number)
) STRICT, WITHOUT ROWID;
INSERT INTO "job_tags" VALUES('blue',7);
INSERT INTO "job_tags" VALUES('green',7);
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
  payload           TEXT, schedule INTEGER, tags TEXT, trace TEXT,                        -- NULL: empty, or too long for here and in `payloads`
  CHECK (state BETWEEN 0 AND 4),
  CHECK ((state = 1) = (lease_until IS NOT NULL)),
  CHECK ((state >= 2) = (finished_at IS NOT NULL)),
  CHECK (max_attempts >= 1 AND attempt >= 0 AND attempts_returned BETWEEN 0 AND attempt)
) STRICT;
INSERT INTO "jobs" VALUES(1,X'514E28B7AC4D8B46A4859EB6514E28B7',1,'complete',2,1,0,1,0,3,1700000000000,1700000000000,1700000000000,1700000000000,1700000000000,NULL,0,0,5,1,0,NULL,NULL,'{"iteration":1,"message":"halfway","at":1700000000000}',NULL,'note','p1',NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(2,X'30F4C30609DA8866BDC13C6030F4C306',1,'failed',3,1,0,1,0,1,1700000000000,1700000000000,1700000000000,1700000000000,1700000000000,NULL,0,0,8,0,0,NULL,NULL,NULL,'{"code":"broken","message":"it broke","detail":""}',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(3,X'85F0B42739AC82C8810C3C6885F0B427',1,'cancelled',4,1,0,0,0,3,1700000000000,1700000000000,1700000000000,NULL,1700000000000,NULL,0,0,10,0,1,NULL,'someone',NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(4,X'249CB285AD098446BF6820E2249CB285',1,'running',1,1,0,1,0,3,1700000000000,1700000000000,1700000000000,1700000000000,NULL,1700000030000,0,0,13,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(5,X'CC0D53CD172288D38A1F56F4CC0D53CD',1,'pending',0,1,3,0,0,3,1700000000000,1700000000000,1700000000000,NULL,NULL,NULL,0,0,14,0,0,'only',NULL,NULL,NULL,NULL,'waits',NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(6,X'5CEB4D0818A985BDAB7504D15CEB4D08',1,'scheduled',0,0,0,0,0,3,1700000000000,1700000000000,1700003600000,NULL,NULL,NULL,0,0,15,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(7,X'18C9AEC4213C80799CC640C318C9AEC4',1,'tagged',0,0,0,0,0,3,1700000000000,1700000000000,1700000300000,NULL,NULL,NULL,0,0,16,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'["blue","green"]','00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01');
CREATE TABLE payloads (
  number  INTEGER PRIMARY KEY REFERENCES jobs (number) ON DELETE CASCADE,
  payload TEXT NOT NULL
) STRICT;
INSERT INTO "payloads" VALUES(4,'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx');
CREATE TABLE queues (
  id    INTEGER PRIMARY KEY,
  name  TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO "queues" VALUES(1,'default');
CREATE TABLE results (
  number  INTEGER PRIMARY KEY REFERENCES jobs (number) ON DELETE CASCADE,
  summary TEXT NOT NULL,
  output  TEXT NOT NULL
) STRICT;
INSERT INTO "results" VALUES(1,'done','the output');
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
INSERT INTO "schedules" VALUES(1,'hourly','{"expression":"@hourly","time_zone":"UTC","catch_up":1,"catch_up_max":100,"overlap":0,"job":{"kind":"tick","payload":"t","queue":"default","metadata":"","tags":[],"trace":"","priority":0,"unique_key":"","max_attempts":3,"time_limit":0}}',0,1700000000000,1700002800000,NULL,NULL);
CREATE TABLE steps (
  job     INTEGER NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,
  name    TEXT    NOT NULL,
  attempt INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  result  TEXT    NOT NULL,
  UNIQUE (job, name)
) STRICT;
INSERT INTO "steps" VALUES(1,'step',1,1700000000000,'step result');
INSERT INTO "steps" VALUES(4,'step',1,1700000000000,'kept');
CREATE TABLE webhooks (
  number   INTEGER PRIMARY KEY REFERENCES jobs (number) ON DELETE CASCADE,
  url      TEXT NOT NULL,
  secret   BLOB,                                 -- AES-256-GCM: nonce, ciphertext, tag; NULL: unsigned
  metadata TEXT,
  progress INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO "webhooks" VALUES(1,'https://receiver.example/hook',X'ECD3D04AE679336181B9ACBF9DDAFED153A10F0E9832DE40A48782509656BFAE549ECC0E77650F1B66','{"a":1}',0);
CREATE INDEX jobs_ready ON jobs (queue, priority DESC, number) WHERE state = 0 AND due = 1;
CREATE INDEX jobs_scheduled ON jobs (run_at) WHERE state = 0 AND due = 0;
CREATE INDEX jobs_leases ON jobs (lease_until) WHERE state = 1;
CREATE UNIQUE INDEX jobs_live_key ON jobs (unique_key) WHERE unique_key IS NOT NULL AND state IN (0, 1);
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE state = 0;
CREATE INDEX deliveries_by_host ON deliveries (host, next_at) WHERE state = 0;
CREATE INDEX deliveries_by_job ON deliveries (job);
CREATE INDEX jobs_of_schedule ON jobs (schedule) WHERE state IN (0, 1) AND schedule IS NOT NULL;
CREATE INDEX schedules_due ON schedules (next_at) WHERE paused = 0;
CREATE INDEX job_tags_of_job ON job_tags (number);
COMMIT;
