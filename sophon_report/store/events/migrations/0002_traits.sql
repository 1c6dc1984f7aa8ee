-- What a face looks like as one small number (see traits.py), and the journal record of the recognition, by which it
-- is told where that was delivered. Rows from before are NULL until the journal is read again: no question about
-- looks finds them.

ALTER TABLE event ADD COLUMN traits INTEGER;
ALTER TABLE event ADD COLUMN first_seq INTEGER;
