/**
 * Earlier versions. A version moves here when it is superseded, with every column it had, so that a search that began
 * before the change goes on with what it saw. A withdrawn resource leaves one row more, its tombstone.
 */
import type { Knex } from 'knex';

const TABLES = [
  'patient',
  'organization',
  'encounter',
  'document_reference',
  'observation',
  'practitioner',
  'practitioner_role',
  'location',
  'device',
  'questionnaire_response',
  'composition',
  'message_header',
  'provenance',
  'other_resource',
];

export async function up(knex: Knex): Promise<void> {
  for (const table of TABLES)
    await knex.raw(`
      CREATE TABLE ${table}_history (
        LIKE ${table} INCLUDING DEFAULTS,
        superseded_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
        superseded_at timestamptz NOT NULL DEFAULT now(),
        deleted boolean NOT NULL DEFAULT false,
        PRIMARY KEY (id, version_id)
      );
      ALTER TABLE ${table}_history ALTER COLUMN content DROP NOT NULL;
      CREATE INDEX ${table}_history_superseded ON ${table}_history (superseded_xid);
      COMMENT ON TABLE ${table}_history IS 'Earlier versions, and tombstones of what was withdrawn.';
    `);
}

export async function down(): Promise<void> {
  throw new Error('Migrations go forward only.');
}
