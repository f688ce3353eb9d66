/**
 * Access: the client assertions that the token endpoint has seen (each is good once), and the key it signs with.
 * @see docs/decisions/0004-access.md
 */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE used_assertion (
      client_id text NOT NULL,
      jti_sha256 bytea NOT NULL,
      expires_at timestamptz NOT NULL,
      PRIMARY KEY (client_id, jti_sha256)
    );
    CREATE INDEX used_assertion_expires_at ON used_assertion (expires_at);
    COMMENT ON TABLE used_assertion IS 'Client assertions already used at the token endpoint; forgotten some time after they expire';

    CREATE TABLE signing_key (
      kid text PRIMARY KEY,
      private_key text NOT NULL,
      public_jwk jsonb NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now()
    );
    COMMENT ON TABLE signing_key IS 'The keys with which the token endpoint signs access tokens; the newest one signs';
    COMMENT ON COLUMN signing_key.private_key IS 'PKCS#8 in PEM; encrypted where the server is given a passphrase';
  `);
}

export async function down(): Promise<void> {
  throw new Error('Migrations go forward only.');
}
