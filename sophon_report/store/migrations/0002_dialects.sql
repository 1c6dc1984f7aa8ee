-- Destinations of every layout with their switches, the vendor's further device fields and settings, API tokens.

CREATE TABLE destination_new (
  number    INTEGER PRIMARY KEY,
  name      TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 128),
  url       TEXT NOT NULL CHECK (length(url) BETWEEN 1 AND 2048),
  layout    TEXT NOT NULL CHECK (length(layout) BETWEEN 1 AND 32),  -- packages may bring further ones
  enabled   INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  timeout_s REAL NOT NULL CHECK (timeout_s BETWEEN 0.5 AND 600),
  start_seq INTEGER NOT NULL CHECK (start_seq >= 0),  -- newest record of the journal when it was added
  content_type   TEXT NOT NULL CHECK (content_type IN ('json', 'form-data')),
  register_photo INTEGER NOT NULL CHECK (register_photo IN (0, 1)),
  scene          INTEGER NOT NULL CHECK (scene IN (0, 1)),
  face           INTEGER NOT NULL CHECK (face IN (0, 1)),
  infrared       INTEGER NOT NULL CHECK (infrared IN (0, 1)),
  attributes     INTEGER NOT NULL CHECK (attributes IN (0, 1)),
  period_s  REAL NOT NULL CHECK (period_s BETWEEN 0 AND 86400),
  retry     INTEGER NOT NULL CHECK (retry IN (0, 1)),
  origin    TEXT NOT NULL CHECK (origin IN ('', 'history', 'realtime'))
);
INSERT INTO destination_new
  SELECT number, name, url, layout, enabled, timeout_s, 0, 'json', 1, 1, 1, 0, 0, 0, 0, '' FROM destination;
DROP TABLE destination;
ALTER TABLE destination_new RENAME TO destination;

ALTER TABLE device ADD COLUMN photo_kind TEXT NOT NULL DEFAULT 'gate'
  CHECK (photo_kind IN ('gate', 'capture_camera', 'door'));
ALTER TABLE device ADD COLUMN rtmp_address TEXT NOT NULL DEFAULT '' CHECK (length(rtmp_address) <= 2048);
ALTER TABLE device ADD COLUMN vendor_json TEXT NOT NULL DEFAULT '{}' CHECK (length(vendor_json) <= 8192);
CREATE UNIQUE INDEX device_of_rtmp ON device (rtmp_address) WHERE rtmp_address <> '';

-- Keys of the vendor's configuration that mean nothing here: kept and told.
CREATE TABLE vendor_config (
  key   TEXT PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 64),
  value TEXT NOT NULL CHECK (length(value) <= 65536)  -- JSON
) WITHOUT ROWID;

-- API tokens: only their hashes, so that a copy of this file opens nothing.
CREATE TABLE token (
  number      INTEGER PRIMARY KEY,
  name        TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),
  sha256      BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),
  created_ms  INTEGER NOT NULL,
  used_ms     INTEGER  -- last use, to the minute
);
