/** Earlier versions in the order of time: what the history of a type, or of the whole server, is read by. */
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
    await knex.raw(`CREATE INDEX ${table}_history_last_updated ON ${table}_history (last_updated)`);
  await knex.raw('CREATE INDEX other_resource_by_time ON other_resource (last_updated)');
}

export async function down(): Promise<void> {
  throw new Error('Migrations go forward only.');
}
