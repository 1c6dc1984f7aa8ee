-- What the interface before API 2.0 keeps of people beside: groups, and whatever else its clients give with a person.

CREATE TABLE user_group (
  number      INTEGER PRIMARY KEY,   -- order of addition
  name        TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 256),
  description TEXT NOT NULL CHECK (length(description) <= 2048),
  info_json   TEXT NOT NULL CHECK (length(info_json) <= 16384)
);
INSERT INTO user_group (name, description, info_json) VALUES ('default_group', '', '{}');

-- Who has no row is in the default group.
CREATE TABLE group_of (
  number      INTEGER PRIMARY KEY,
  identity_id TEXT NOT NULL REFERENCES person (identity_id) ON DELETE CASCADE,
  name        TEXT NOT NULL REFERENCES user_group (name),
  UNIQUE (identity_id, name)
);
CREATE INDEX group_of_name ON group_of (name);

CREATE TABLE user_info (
  identity_id TEXT PRIMARY KEY REFERENCES person (identity_id) ON DELETE CASCADE,
  info_json   TEXT NOT NULL CHECK (length(info_json) <= 16384)
);
