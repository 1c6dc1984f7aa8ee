-- Events that were, one row each. What is said again and again (devices, people, names, models) has a small number.

CREATE TABLE state (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;

INSERT INTO state VALUES ('cursor', 0), ('rows', 0);

CREATE TABLE device (
    number INTEGER PRIMARY KEY,
    device_id TEXT NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    ip TEXT NOT NULL,
    url TEXT NOT NULL,
    permission_id TEXT NOT NULL,
    photo_kind TEXT NOT NULL
);

CREATE INDEX device_by_id ON device (device_id);

CREATE TABLE name (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    folded TEXT NOT NULL
);

-- A person as some of the events tell them: another name or photo, and it is another row.
CREATE TABLE person (
    number INTEGER PRIMARY KEY,
    identity_id TEXT NOT NULL,
    name INTEGER NOT NULL,
    photo_id TEXT NOT NULL
);

CREATE INDEX person_by_id ON person (identity_id);
CREATE INDEX person_by_name ON person (name);

CREATE TABLE embedder (
    number INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE
);

CREATE TABLE event (
    number INTEGER PRIMARY KEY,  -- the event id
    event_text TEXT,             -- an id that is not 16 digits
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    in_ms INTEGER NOT NULL,
    out_ms INTEGER NOT NULL,
    device INTEGER NOT NULL,
    person INTEGER,
    name INTEGER NOT NULL,
    user_type INTEGER NOT NULL,
    score INTEGER NOT NULL,      -- ten-thousandths of a per cent
    post_action TEXT NOT NULL,
    ended_by TEXT NOT NULL
);

-- What events are asked by, so that a window is counted without its rows.
CREATE INDEX event_by_time ON event (at_ms, device, name, user_type, score);
CREATE INDEX event_by_person ON event (person, at_ms) WHERE person IS NOT NULL;

-- Beside the rows, which stay dense.
CREATE TABLE face (
    number INTEGER PRIMARY KEY,
    embedder INTEGER NOT NULL,
    vector BLOB NOT NULL,
    looks TEXT NOT NULL
);
