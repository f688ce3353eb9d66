/** A review can be closed, and opened again: a mark says so, or says nothing of it. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER TABLE review_mark ADD COLUMN closed boolean;
    COMMENT ON COLUMN review_mark.closed IS 'True where this mark closed the review, false where it opened it again.';
  `);
}

export async function down(): Promise<void> {
  throw new Error('Migrations go forward only.');
}
