-- What the server itself needs: its secrets, its keys, and what it knows of its database and its files.

CREATE TABLE server_secret (
  name text PRIMARY KEY,
  value bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE server_secret IS 'Keys that never leave the database: patient ids, search cursors. Made once, so that every node derives the same values.';

-- Access, see docs/decisions/0004-access.md.
CREATE TABLE used_assertion (
  client_id text NOT NULL,
  jti_sha256 bytea NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (client_id, jti_sha256)
);
CREATE INDEX used_assertion_expires_at ON used_assertion (expires_at);
COMMENT ON TABLE used_assertion IS 'Client assertions already used at the token endpoint; removed some time after they expire.';

CREATE TABLE signing_key (
  kid text PRIMARY KEY,
  private_key text NOT NULL,
  public_jwk jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE signing_key IS 'The keys with which the token endpoint signs access tokens; the newest one signs.';
COMMENT ON COLUMN signing_key.private_key IS 'PKCS#8 in PEM; encrypted where the server is given a passphrase.';

-- Modes, see docs/decisions/0019-modes.md.
CREATE TABLE database_mode (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  mode text NOT NULL CHECK (mode IN ('sandbox', 'secured')),
  sandbox_since timestamptz,
  secured_since timestamptz,
  sandbox_data boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE database_mode IS 'Whether a secured server ever opened this database: then no sandbox ever does.';
COMMENT ON COLUMN database_mode.sandbox_data IS 'Whether a sandbox had stored submissions when the first secured server came.';

CREATE TABLE administered_file (
  name text PRIMARY KEY,
  sha256 text NOT NULL,
  parts jsonb NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE administered_file IS 'Clients, policy and keys as a server last read them: what differs from it is a change, and is audited.';
