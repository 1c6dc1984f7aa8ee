-- Which steps of the first run are behind; 'done' when it is over.

CREATE TABLE setup_step (
  name  TEXT PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 32),
  at_ms INTEGER NOT NULL
) WITHOUT ROWID;

-- A box that has devices already was set up by an earlier version: nobody is asked again.
INSERT INTO setup_step (name, at_ms) SELECT 'done', 0 WHERE EXISTS (SELECT 1 FROM device);
