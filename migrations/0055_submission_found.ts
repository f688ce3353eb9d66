/**
 * Which submissions found a resource that was there already and wrote no version of it (`ifNoneExist`): a correction of
 * another summary must not withdraw what they refer to. Patients and Organizations, which every summary names, are
 * never withdrawn and left out.
 */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE INDEX submission_found ON submission USING gin (
      jsonb_path_query_array(stored, '$[*] \\? (@.written == false && @.type != "Patient" && @.type != "Organization").id')
      jsonb_path_ops
    ) WITH (fastupdate = off) WHERE status = 'accepted';
  `);
}

export async function down(): Promise<void> {
  throw new Error('Migrations go forward only.');
}
