/**
 * The mode in which a database was first opened, and the files of administration as they were last seen.
 * @see docs/decisions/0019-modes.md
 */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE database_mode (
      singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
      mode text NOT NULL CHECK (mode IN ('sandbox', 'secured')),
      sandbox_since timestamptz,
      secured_since timestamptz,
      sandbox_data boolean NOT NULL DEFAULT false
    );
    COMMENT ON TABLE database_mode IS 'Whether a secured server ever opened this database: then no sandbox ever does';
    COMMENT ON COLUMN database_mode.sandbox_data IS 'Whether a sandbox had stored submissions when the first secured server came';

    CREATE TABLE administered_file (
      name text PRIMARY KEY,
      sha256 text NOT NULL,
      parts jsonb NOT NULL,
      seen_at timestamptz NOT NULL DEFAULT now()
    );
    COMMENT ON TABLE administered_file IS 'Clients, policy and keys as a server last read them: what differs from it is a change, and is audited';
  `);
}

export async function down(): Promise<void> {
  throw new Error('Migrations go forward only.');
}
