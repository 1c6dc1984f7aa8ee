-- How a camera's pictures come.

ALTER TABLE device ADD COLUMN transport TEXT NOT NULL DEFAULT 'tcp' CHECK (transport IN ('tcp', 'udp'));
