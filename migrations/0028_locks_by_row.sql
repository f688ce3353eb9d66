-- What submissions lock whose names are too many for PostgreSQL's table of locks: see docs/decisions/0100-rows-as-locks.md.
-- A row is a lock, and says nothing. They are made as they are needed, at most 524,288, and are never removed. Nothing is
-- lost when they are: after a crash or on a new primary they are made again. So no write-ahead log is written for them.

CREATE UNLOGGED TABLE row_lock (slot integer PRIMARY KEY);
COMMENT ON TABLE row_lock IS 'Rows that submissions lock while they decide about the patients, resources and conditions that they name.';
