-- Months of the audit trail that were exported to a file outside of the database, and dropped from it afterwards. A
-- record of the ledger, like a tombstone. See docs/audit-months.md.
CREATE TABLE audit_month (
  id uuid PRIMARY KEY,
  month text NOT NULL,
  act text NOT NULL,
  file text NOT NULL,
  sha256 bytea NOT NULL,
  bytes bigint NOT NULL,
  records bigint NOT NULL,
  leaves bytea NOT NULL,
  first_seal bigint NOT NULL,
  last_seal bigint NOT NULL,
  exported uuid,
  made_at timestamptz NOT NULL,
  mac bytea NOT NULL,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX audit_month_xid ON audit_month (xid);
COMMENT ON TABLE audit_month IS 'Months of the audit trail that were exported to a file, and those that were dropped afterwards.';
COMMENT ON COLUMN audit_month.act IS 'exported, or dropped.';
COMMENT ON COLUMN audit_month.sha256 IS 'Of the file.';
COMMENT ON COLUMN audit_month.leaves IS 'SHA-256 of the sealed leaves of the month''s records, one after another.';
COMMENT ON COLUMN audit_month.first_seal IS 'The first of the seals that cover the records; last_seal is the last one.';
COMMENT ON COLUMN audit_month.exported IS 'Of a drop: the record of the export before it.';
COMMENT ON COLUMN audit_month.mac IS 'HMAC-SHA256 of the other columns: shows that the command wrote it.';
