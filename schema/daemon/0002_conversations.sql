-- Conversations and the AI jobs in them. A job's prompt, model and state are the engine's (jobs.payload, jobs.state); here is
-- only what finds a job for those who may see it. Rows go with their job when the engine's retention removes it.

CREATE TABLE conversations (
  number        INTEGER PRIMARY KEY,             -- carried inside `id` (jobs/uuid.h)
  id            BLOB    NOT NULL CHECK (length(id) = 16),
  organization  BLOB    NOT NULL CHECK (length(organization) = 16),
  user          BLOB    CHECK (length(user) = 16),  -- NULL: the organization itself
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL                 -- the newest question
) STRICT;
-- Lists, newest first. Both grow at their right edge.
CREATE INDEX conversations_by_organization ON conversations (organization, number);
CREATE INDEX conversations_by_user ON conversations (user, number) WHERE user IS NOT NULL;

CREATE TABLE ai_jobs (
  number        INTEGER PRIMARY KEY REFERENCES jobs (number) ON DELETE CASCADE,
  id            BLOB    NOT NULL CHECK (length(id) = 16),
  conversation  INTEGER NOT NULL REFERENCES conversations (number),
  organization  BLOB    NOT NULL CHECK (length(organization) = 16),
  user          BLOB    CHECK (length(user) = 16),
  model         BLOB    NOT NULL CHECK (length(model) = 16),
  branch        BLOB    CHECK (length(branch) = 16),
  topic         TEXT                             -- as asked for; NULL: the analyst picks
) STRICT;
CREATE INDEX ai_jobs_by_conversation ON ai_jobs (conversation, number);
CREATE INDEX ai_jobs_by_organization ON ai_jobs (organization, number);
CREATE INDEX ai_jobs_by_user ON ai_jobs (user, number) WHERE user IS NOT NULL;

-- What the assistant said, and the last semantic query it ran: what a follow-up starts from. Written by the run that made it,
-- just before it ends; it counts only when the job is COMPLETE.
CREATE TABLE answers (
  number   INTEGER PRIMARY KEY REFERENCES jobs (number) ON DELETE CASCADE,
  message  TEXT NOT NULL,
  query    TEXT                                  -- JSON; NULL: none was run
) STRICT;

-- Idempotency-Key headers of the last 24 hours, each with the answer that its first request got.
CREATE TABLE idempotency_keys (
  token         INTEGER NOT NULL,                -- whose key it is
  key           TEXT    NOT NULL,
  request_hash  BLOB    NOT NULL CHECK (length(request_hash) = 32),
  job           BLOB    NOT NULL CHECK (length(job) = 16),
  conversation  BLOB    NOT NULL CHECK (length(conversation) = 16),
  created_at    INTEGER NOT NULL,
  PRIMARY KEY (token, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
