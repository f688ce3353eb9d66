/**
 * What reviewers and auditors ask of submissions: lists by sender and status, newest first, as index ranges; and the
 * marks of those who have looked at one.
 */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE INDEX submission_of_sender ON submission (sender, received_at, id);
    CREATE INDEX submission_refused ON submission (received_at, id) WHERE status = 'refused';
    CREATE INDEX submission_replaces ON submission (replaces) WHERE replaces IS NOT NULL;

    CREATE TABLE review_mark (
      id uuid PRIMARY KEY,
      submission_id uuid NOT NULL,
      reviewed_at timestamptz NOT NULL,
      client_id text NOT NULL,
      organisation text,
      user_name text,
      note text NOT NULL,
      mac bytea NOT NULL,
      xid xid8 NOT NULL DEFAULT pg_current_xact_id()
    );
    CREATE INDEX review_mark_of ON review_mark (submission_id, reviewed_at);
    COMMENT ON TABLE review_mark IS 'Who has looked at a submission, when, and what they noted; rows are only ever added.';
    COMMENT ON COLUMN review_mark.mac IS 'HMAC-SHA256 of the mark: shows that the server wrote it.';
  `);
}

export async function down(): Promise<void> {
  throw new Error('Migrations go forward only.');
}
