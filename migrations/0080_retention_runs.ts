/**
 * Which retention run made a tombstone: the run is a record of the ledger itself, written and sealed before anything is
 * removed, and says how old records must be.
 * @see docs/ledger.md
 */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER TABLE ledger_tombstone ADD COLUMN run uuid, ADD COLUMN older_than_days integer;
    COMMENT ON COLUMN ledger_tombstone.run IS 'The retention run that made it; NULL of the run''s own record.';
    COMMENT ON COLUMN ledger_tombstone.older_than_days IS 'Of a run: how old records had to be.';
  `);
}

export async function down(): Promise<void> {
  throw new Error('Migrations go forward only.');
}
