-- What one node at a time must do: see docs/decisions/0049-leases.md.

CREATE TABLE lease (
  name text PRIMARY KEY,
  holder uuid NOT NULL,
  held_until timestamptz NOT NULL
);
COMMENT ON TABLE lease IS 'Which node does the work of a mailbox, a folder or a destination, and until when. A node that dies does not renew its lease, and another takes it.';
