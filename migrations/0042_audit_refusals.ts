/** What was refused or failed, in the order of time: few of the audit trail's records, and what an auditor asks for first. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(
    "CREATE INDEX audit_record_refused ON audit_record (last_updated, outcome) WHERE outcome <> '0'",
  );
}

export async function down(): Promise<void> {
  throw new Error('Migrations go forward only.');
}
