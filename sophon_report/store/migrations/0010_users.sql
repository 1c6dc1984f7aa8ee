-- Several people may log in, and not all of them, nor all programs, may do everything.

ALTER TABLE account ADD COLUMN
  role TEXT NOT NULL DEFAULT 'admin' CHECK (role IN ('viewer', 'operator', 'admin'));
ALTER TABLE account ADD COLUMN created_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN last_login_ms INTEGER;
UPDATE account SET created_ms = changed_ms;

-- Tokens that were made before keep all their rights.
ALTER TABLE token ADD COLUMN
  role TEXT NOT NULL DEFAULT 'admin' CHECK (role IN ('viewer', 'operator', 'admin'));
