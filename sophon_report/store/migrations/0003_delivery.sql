-- What of an event may leave the box, which events, how they travel; what was done to people's data.

ALTER TABLE destination ADD COLUMN feature INTEGER NOT NULL DEFAULT 1 CHECK (feature IN (0, 1));
ALTER TABLE destination ADD COLUMN person_name INTEGER NOT NULL DEFAULT 1 CHECK (person_name IN (0, 1));
ALTER TABLE destination ADD COLUMN in_flight INTEGER NOT NULL DEFAULT 1 CHECK (in_flight BETWEEN 1 AND 16);
ALTER TABLE destination ADD COLUMN paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1));
ALTER TABLE destination ADD COLUMN filter_json TEXT NOT NULL DEFAULT '{}' CHECK (length(filter_json) <= 65536);
-- Holds secrets: the file is readable by its owner only.
ALTER TABLE destination ADD COLUMN transport_json TEXT NOT NULL DEFAULT '{}'
  CHECK (length(transport_json) <= 262144);

-- Who did what, without personal data. Over its bound the oldest lines go.
CREATE TABLE audit (
  number INTEGER PRIMARY KEY,
  at_ms  INTEGER NOT NULL,
  actor  TEXT NOT NULL CHECK (length(actor) <= 128),
  action TEXT NOT NULL CHECK (length(action) BETWEEN 1 AND 64),
  detail TEXT NOT NULL CHECK (length(detail) <= 1024)
);
