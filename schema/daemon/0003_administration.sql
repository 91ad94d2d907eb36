-- Who may administer, what was disabled, how tokens are told apart and when they end, and what was done to all of these.

ALTER TABLE users ADD COLUMN role INTEGER NOT NULL DEFAULT 0 CHECK (role IN (0, 1));  -- 0 member, 1 admin
ALTER TABLE users ADD COLUMN disabled_at INTEGER;
CREATE INDEX users_by_organization ON users (organization, number);

ALTER TABLE tokens ADD COLUMN id BLOB;               -- never NULL from here on
ALTER TABLE tokens ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE tokens ADD COLUMN expires_at INTEGER;    -- NULL: never
ALTER TABLE tokens ADD COLUMN last_used_at INTEGER;  -- to the minute, and written later than that
-- UUIDs of version 4 for the tokens that have no id yet.
UPDATE tokens SET id = CAST(randomblob(6) || x'40' || randomblob(1) || x'80' || randomblob(7) AS BLOB);
CREATE UNIQUE INDEX tokens_by_id ON tokens (id);
CREATE INDEX tokens_by_organization ON tokens (organization, number);

-- Administrative acts, written in the transaction of the act. No secret is ever in `detail`.
CREATE TABLE audit_log (
  number       INTEGER PRIMARY KEY AUTOINCREMENT,
  at           INTEGER NOT NULL,
  organization BLOB    CHECK (length(organization) = 16),  -- which one it concerns
  actor        TEXT    NOT NULL,                           -- "uid:1000", "user:<id>"
  act          TEXT    NOT NULL,                           -- "key.revoke"
  subject      BLOB    NOT NULL CHECK (length(subject) = 16),
  detail       TEXT    NOT NULL                            -- a JSON object
) STRICT;
CREATE INDEX audit_log_by_time ON audit_log (at);
CREATE INDEX audit_log_by_organization ON audit_log (organization, number);
