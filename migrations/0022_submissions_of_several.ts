/**
 * Submissions that speak of several patients, or of none, have no patient_id: whether one of them speaks of a given
 * patient is read from what it stored.
 */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE INDEX submission_of_several ON submission USING gin (stored jsonb_path_ops)
      WHERE patient_id IS NULL AND status = 'accepted';
  `);
}

export async function down(): Promise<void> {
  throw new Error('Migrations go forward only.');
}
