-- The ledger: submissions and audit records, sealed about once a second into a hash chain of Merkle trees; see
-- docs/ledger.md. A record's place in it follows from the transaction that wrote it (xid): a seal covers every record
-- whose transaction was over when it was made, and that no seal before covers.

CREATE TABLE ledger_key (
  key_id text PRIMARY KEY,
  private_key text NOT NULL,
  public_key text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE ledger_key IS 'The key (Ed25519) with which the heads of the ledger are signed.';

CREATE TABLE ledger_shape (
  sha256 text PRIMARY KEY,
  shape text NOT NULL
);
COMMENT ON TABLE ledger_shape IS 'Which columns a record''s digest covers: those that there were when it was sealed.';

CREATE TABLE ledger_seal (
  seal bigint PRIMARY KEY,
  upto xid8 NOT NULL UNIQUE,
  head text NOT NULL,
  signature text NOT NULL,
  records bytea NOT NULL
);
ALTER TABLE ledger_seal ALTER COLUMN records SET STORAGE EXTERNAL;
COMMENT ON TABLE ledger_seal IS 'One signed head a row, and the records under it: kind (1 byte), id (16), digest (32) of each.';

CREATE TABLE ledger_tombstone (
  id uuid PRIMARY KEY,
  seal bigint NOT NULL,
  removed uuid[] NOT NULL,
  kept jsonb NOT NULL,
  removed_at timestamptz NOT NULL,
  policy text NOT NULL,
  run uuid,
  older_than_days integer,
  mac bytea NOT NULL,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX ledger_tombstone_xid ON ledger_tombstone (xid);
CREATE INDEX ledger_tombstone_seal ON ledger_tombstone (seal);
COMMENT ON TABLE ledger_tombstone IS 'Records removed by retention, seal by seal: itself a record of the ledger.';
COMMENT ON COLUMN ledger_tombstone.kept IS 'What the removed submissions stored that others still use: {table: [[id, version], …]}.';
COMMENT ON COLUMN ledger_tombstone.run IS 'The retention run that made it; NULL of the run''s own record.';
COMMENT ON COLUMN ledger_tombstone.older_than_days IS 'Of a run: how old records had to be.';
COMMENT ON COLUMN ledger_tombstone.mac IS 'HMAC-SHA256 of what was removed: shows that the retention command wrote it.';
