/** Accepted submissions as FHIR Bundles: what can be asked of them; the Bundle itself is put together from its bytes. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE bundle (
      id uuid PRIMARY KEY, version_id integer NOT NULL, last_updated timestamptz NOT NULL,
      patient_id uuid, submission_id uuid NOT NULL, sender text NOT NULL, content text NOT NULL,
      profile text[], tag text[], tag_text text[], security text[], security_text text[], source text,
      composition text, composition_identifier text[], message text, message_identifier text[],
      identifier text[], identifier_text text[], "timestamp" timestamptz, type text,
      xid xid8 NOT NULL DEFAULT pg_current_xact_id()
    );
    CREATE INDEX bundle_of_patient ON bundle (patient_id, last_updated);
    CREATE INDEX bundle_of_sender ON bundle (sender, last_updated);
    CREATE INDEX bundle_identifier ON bundle USING gin (identifier) WHERE identifier IS NOT NULL;
    COMMENT ON TABLE bundle IS 'Accepted submissions, as far as they are searched by; written once.';

    CREATE TABLE bundle_history (
      LIKE bundle INCLUDING DEFAULTS,
      superseded_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
      superseded_at timestamptz NOT NULL DEFAULT now(),
      deleted boolean NOT NULL DEFAULT false,
      PRIMARY KEY (id, version_id)
    );
    COMMENT ON TABLE bundle_history IS 'Empty: a submission never changes.';
  `);
}

export async function down(): Promise<void> {
  throw new Error('Migrations go forward only.');
}
