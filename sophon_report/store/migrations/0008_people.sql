-- What the vendor's interfaces keep of people, permission groups, photos beside the vectors.

ALTER TABLE person ADD COLUMN ext_json TEXT NOT NULL DEFAULT '{}' CHECK (length(ext_json) <= 16384);
ALTER TABLE person ADD COLUMN name_folded TEXT NOT NULL DEFAULT '';
UPDATE person SET name_folded = folded(name);
-- A list reads this instead of whole rows: whoever looks for a part of a name looks at all of them.
CREATE INDEX person_name ON person (name_folded);

-- The people whom a device accepts that is bound to it.
CREATE TABLE permission_group (
  number        INTEGER PRIMARY KEY,   -- order of addition
  permission_id TEXT NOT NULL UNIQUE CHECK (length(permission_id) BETWEEN 1 AND 128),
  name          TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 256),
  name_folded   TEXT NOT NULL,
  description   TEXT NOT NULL CHECK (length(description) <= 2048),
  info_json     TEXT NOT NULL CHECK (length(info_json) <= 16384)
);
CREATE INDEX permission_of_group ON permission_of (permission_id);

-- The vectors lie close together without the photos: all of them are read at every start.
ALTER TABLE face RENAME TO face_old;
CREATE TABLE face (
  number      INTEGER PRIMARY KEY,
  face_id     TEXT NOT NULL UNIQUE CHECK (length(face_id) BETWEEN 1 AND 128),
  identity_id TEXT NOT NULL REFERENCES person (identity_id) ON DELETE CASCADE,
  photo_id    TEXT NOT NULL UNIQUE CHECK (length(photo_id) BETWEEN 1 AND 128),
  embedder    TEXT NOT NULL,         -- SHA-256 of the model: vectors of two models are never compared
  embedding   BLOB NOT NULL CHECK (length(embedding) BETWEEN 4 AND 2048 AND length(embedding) % 4 = 0)
);
-- A face that was registered by its vector alone has none.
CREATE TABLE photo (
  face_number INTEGER PRIMARY KEY REFERENCES face (number) ON DELETE CASCADE,
  jpeg        BLOB NOT NULL CHECK (length(jpeg) BETWEEN 1 AND 5242880)
);
INSERT INTO face SELECT number, face_id, identity_id, photo_id, embedder, embedding FROM face_old;
INSERT INTO photo SELECT number, photo_jpeg FROM face_old WHERE length(photo_jpeg) > 0;
DROP TABLE face_old;
CREATE INDEX face_of_person ON face (identity_id);
