/** The server's own secrets: made once, kept with the database, so that every node derives the same values. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE server_secret (
      name text PRIMARY KEY,
      value bytea NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now()
    );
    COMMENT ON TABLE server_secret IS 'Keys that never leave the database: patient ids, search cursors.';
  `);
}

export async function down(): Promise<void> {
  throw new Error('Migrations go forward only.');
}
