/**
 * Submissions: what came, from whom, when, and what became of it. Rows are written once and never changed.
 * The body lies apart, without its documents; documents lie once, by SHA-256.
 */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE document_bytes (
      sha256 bytea PRIMARY KEY,
      size integer NOT NULL,
      bytes bytea NOT NULL
    );
    ALTER TABLE document_bytes ALTER COLUMN bytes SET STORAGE EXTERNAL;
    COMMENT ON TABLE document_bytes IS 'The bytes of documents, once each; uncompressed and out of line, so that ranges are cheap.';

    CREATE TABLE "binary" (
      id uuid PRIMARY KEY,
      patient_id uuid,
      submission_id uuid NOT NULL,
      owner_type text NOT NULL,
      owner_id uuid NOT NULL,
      content_type text NOT NULL,
      size integer NOT NULL,
      sha256 bytea NOT NULL,
      last_updated timestamptz NOT NULL,
      security_context text
    );
    CREATE INDEX binary_owner ON "binary" (owner_id);
    COMMENT ON TABLE "binary" IS 'One document as an attachment of one resource version: what Binary/<id> answers.';

    CREATE TABLE submission (
      id uuid PRIMARY KEY,
      sender text NOT NULL,
      client_id text NOT NULL,
      user_name text,
      door text NOT NULL,
      received_at timestamptz NOT NULL,
      status text NOT NULL CHECK (status IN ('accepted', 'refused')),
      http_status integer NOT NULL,
      sha256 bytea NOT NULL,
      size integer NOT NULL,
      content_type text NOT NULL,
      request_id text,
      bundle_type text,
      bundle_identifier text,
      bundle_version text,
      bundle_last_updated timestamptz,
      content_sha256 bytea,
      lineage_position integer,
      replaces uuid,
      nhs_number text,
      patient_id uuid,
      outcome text NOT NULL,
      repairs jsonb NOT NULL,
      review text[] NOT NULL,
      stored jsonb NOT NULL,
      withdrawn jsonb NOT NULL
    );
    CREATE UNIQUE INDEX submission_once ON submission (sender, sha256) WHERE status = 'accepted';
    CREATE UNIQUE INDEX submission_lineage ON submission (sender, bundle_identifier, lineage_position)
      WHERE status = 'accepted' AND bundle_identifier IS NOT NULL;
    CREATE INDEX submission_received ON submission (received_at, id);
    CREATE INDEX submission_patient ON submission (patient_id) WHERE patient_id IS NOT NULL;
    CREATE INDEX submission_nhs_number ON submission (nhs_number) WHERE nhs_number IS NOT NULL;
    CREATE INDEX submission_review ON submission (received_at, id) WHERE review <> '{}';
    COMMENT ON TABLE submission IS 'Everything received from an authenticated sender, accepted or refused; never changed afterwards.';
    COMMENT ON COLUMN submission.stored IS 'What it stored: a list of {index, fullUrl, type, id, version, created}.';

    CREATE TABLE submission_body (
      submission_id uuid PRIMARY KEY REFERENCES submission (id),
      encoding text NOT NULL,
      skeleton bytea NOT NULL,
      documents jsonb NOT NULL
    );
    ALTER TABLE submission_body ALTER COLUMN skeleton SET STORAGE EXTERNAL;
    COMMENT ON TABLE submission_body IS 'The bytes received, with each document cut out (documents: [{offset, sha256}]) and the rest deflated.';
  `);
}

export async function down(): Promise<void> {
  throw new Error('Migrations go forward only.');
}
