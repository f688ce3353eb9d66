/** What retention asks before it removes a document: whether anything still speaks of it. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE INDEX binary_sha256 ON "binary" (sha256);
    CREATE INDEX submission_body_documents ON submission_body USING gin (documents jsonb_path_ops)
      WHERE documents <> '[]';
  `);
}

export async function down(): Promise<void> {
  throw new Error('Migrations go forward only.');
}
