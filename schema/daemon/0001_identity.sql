-- Who may call, and as whom. Times are milliseconds since 1970, UTC.

CREATE TABLE organizations (
  number     INTEGER PRIMARY KEY,                -- 1 is the default organization
  id         BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
  name       TEXT    NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE users (
  number       INTEGER PRIMARY KEY AUTOINCREMENT,
  id           BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
  organization INTEGER NOT NULL REFERENCES organizations (number),
  name         TEXT    NOT NULL,
  time_zone    TEXT    NOT NULL,                 -- IANA name
  created_at   INTEGER NOT NULL
) STRICT;

-- An attribute has one or more values, in the order given.
CREATE TABLE user_attributes (
  user     INTEGER NOT NULL REFERENCES users (number) ON DELETE CASCADE,
  name     TEXT    NOT NULL,
  position INTEGER NOT NULL,
  value    TEXT    NOT NULL,
  PRIMARY KEY (user, name, position)
) STRICT, WITHOUT ROWID;

-- Numbers are never used again, since other tables name tokens by them.
CREATE TABLE tokens (
  number       INTEGER PRIMARY KEY AUTOINCREMENT,
  hash         BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),  -- SHA-256 of the whole token
  kind         INTEGER NOT NULL CHECK (kind IN (0, 1)),            -- 0 organization, 1 personal
  organization INTEGER NOT NULL REFERENCES organizations (number),
  user         INTEGER REFERENCES users (number) ON DELETE CASCADE,
  created_at   INTEGER NOT NULL,
  revoked_at   INTEGER,
  CHECK ((kind = 1) = (user IS NOT NULL))
) STRICT;
