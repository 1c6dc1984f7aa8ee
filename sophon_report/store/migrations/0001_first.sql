-- People and their faces, devices, destinations, settings. Limits repeat those of the settings and the interfaces.

CREATE TABLE person (
  number      INTEGER PRIMARY KEY,   -- order of registration
  identity_id TEXT NOT NULL UNIQUE CHECK (length(identity_id) BETWEEN 1 AND 128),
  name        TEXT NOT NULL CHECK (length(name) <= 256),
  user_type   TEXT NOT NULL CHECK (user_type IN ('employee', 'visitor', 'blacklist', 'stranger', 'vip'))
);

CREATE TABLE permission_of (
  identity_id   TEXT NOT NULL REFERENCES person (identity_id) ON DELETE CASCADE,
  position      INTEGER NOT NULL CHECK (position BETWEEN 0 AND 255),
  permission_id TEXT NOT NULL CHECK (length(permission_id) BETWEEN 1 AND 128),
  PRIMARY KEY (identity_id, position)
) WITHOUT ROWID;

CREATE TABLE face (
  number      INTEGER PRIMARY KEY,
  face_id     TEXT NOT NULL UNIQUE CHECK (length(face_id) BETWEEN 1 AND 128),
  identity_id TEXT NOT NULL REFERENCES person (identity_id) ON DELETE CASCADE,
  photo_id    TEXT NOT NULL UNIQUE CHECK (length(photo_id) BETWEEN 1 AND 128),
  embedder    TEXT NOT NULL,         -- SHA-256 of the model: vectors of two models are never compared
  embedding   BLOB NOT NULL CHECK (length(embedding) BETWEEN 4 AND 2048 AND length(embedding) % 4 = 0),
  photo_jpeg  BLOB NOT NULL CHECK (length(photo_jpeg) <= 5242880)
);
CREATE INDEX face_of_person ON face (identity_id);

CREATE TABLE device (
  number        INTEGER PRIMARY KEY,
  device_id     TEXT NOT NULL UNIQUE CHECK (length(device_id) BETWEEN 1 AND 128),
  name          TEXT NOT NULL CHECK (length(name) <= 256),
  type          TEXT NOT NULL CHECK (type IN ('rtsp', 'file', 'photo', 'gb28181')),
  url           TEXT NOT NULL UNIQUE CHECK (length(url) BETWEEN 1 AND 2048),
  permission_id TEXT NOT NULL,
  roi_x1 INTEGER, roi_y1 INTEGER, roi_x2 INTEGER, roi_y2 INTEGER,
  loop          INTEGER NOT NULL CHECK (loop IN (0, 1)),
  speed         TEXT NOT NULL CHECK (speed IN ('realtime', 'fast')),
  CHECK ((roi_x1 IS NULL AND roi_y1 IS NULL AND roi_x2 IS NULL AND roi_y2 IS NULL)
         OR (roi_x1 >= 0 AND roi_y1 >= 0 AND roi_x1 < roi_x2 AND roi_y1 < roi_y2) IS 1)
);

CREATE TABLE destination (
  number    INTEGER PRIMARY KEY,
  name      TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 128),
  url       TEXT NOT NULL CHECK (length(url) BETWEEN 1 AND 2048),
  layout    TEXT NOT NULL CHECK (layout IN ('g2', 'g1', 'g0', 'se3')),
  enabled   INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  timeout_s REAL NOT NULL CHECK (timeout_s BETWEEN 0.5 AND 600),
  start     TEXT NOT NULL CHECK (start IN ('now', 'oldest'))
);

-- What the settings file has offered: each entry once, so that what was deleted stays deleted.
CREATE TABLE seed (
  kind TEXT NOT NULL CHECK (kind IN ('device', 'destination')),
  key  TEXT NOT NULL,
  PRIMARY KEY (kind, key)
) WITHOUT ROWID;

CREATE TABLE setting (
  key   TEXT PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 128),
  value TEXT NOT NULL CHECK (length(value) <= 65536)  -- JSON
) WITHOUT ROWID;
