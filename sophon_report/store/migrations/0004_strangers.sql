-- Unknown people who were seen well enough to be known again, and the ids that they or others had as strangers.

CREATE TABLE stranger (
  number      INTEGER PRIMARY KEY,   -- order of filing
  stranger_id TEXT NOT NULL UNIQUE CHECK (length(stranger_id) BETWEEN 1 AND 128),
  first_ms    INTEGER NOT NULL,
  last_ms     INTEGER NOT NULL,
  visits      INTEGER NOT NULL CHECK (visits >= 0),
  rank        REAL NOT NULL,         -- how good the photo is
  photo_id    TEXT NOT NULL UNIQUE CHECK (length(photo_id) BETWEEN 1 AND 128),
  embedder    TEXT NOT NULL,         -- SHA-256 of the model: vectors of two models are never compared
  embedding   BLOB NOT NULL CHECK (length(embedding) BETWEEN 4 AND 2048 AND length(embedding) % 4 = 0),
  photo_jpeg  BLOB NOT NULL CHECK (length(photo_jpeg) <= 5242880)
);

-- Whose former id this is: of a filed stranger, or of a person who was registered from one. Over its bound the
-- oldest go.
CREATE TABLE stranger_alias (
  number      INTEGER PRIMARY KEY,
  alias       TEXT NOT NULL UNIQUE CHECK (length(alias) BETWEEN 1 AND 128),
  identity_id TEXT NOT NULL CHECK (length(identity_id) BETWEEN 1 AND 128 AND identity_id <> alias)
);
CREATE INDEX alias_of_identity ON stranger_alias (identity_id);
