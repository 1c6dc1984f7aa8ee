-- Who may log in: one account, its password as a hash that is slow to try.

CREATE TABLE account (
  name TEXT PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 64),
  salt BLOB NOT NULL CHECK (length(salt) = 16),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  -- Of scrypt; memory is 128 * cost_n * cost_r bytes.
  cost_n INTEGER NOT NULL CHECK (cost_n BETWEEN 2 AND 65536),
  cost_r INTEGER NOT NULL CHECK (cost_r BETWEEN 1 AND 16),
  cost_p INTEGER NOT NULL CHECK (cost_p BETWEEN 1 AND 16),
  -- Grows with each password; a session counts for the one it began with.
  generation INTEGER NOT NULL CHECK (generation >= 1),
  -- Whether the service made the password up, so that it stands in a file.
  generated INTEGER NOT NULL CHECK (generated IN (0, 1)),
  changed_ms INTEGER NOT NULL
) WITHOUT ROWID;
