/** Document references, compositions and message headers. One typed column per search parameter and per thing an analyst asks for; see docs/tables.md. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE document_reference (
      id uuid PRIMARY KEY, version_id integer NOT NULL, last_updated timestamptz NOT NULL,
      patient_id uuid, submission_id uuid NOT NULL, sender text NOT NULL, content text NOT NULL,
      profile text[], tag text[], tag_text text[], security text[], security_text text[], source text,
      authenticator text, authenticator_identifier text[], author text[], author_identifier text[],
      category text[], category_text text[], contenttype text[], creation_start timestamptz[],
      creation_end timestamptz[], custodian text, custodian_identifier text[], date_start timestamptz,
      date_end timestamptz, description text, description_folded text, encounter text[],
      encounter_identifier text[], event text[], event_text text[], facility text[],
      facility_text text[], format text[], format_text text[], identifier text[], identifier_text text[],
      language text[], location text[], subject text, subject_identifier text[],
      period_start timestamptz, period_end timestamptz, related text[], related_identifier text[],
      relatesto text[], relatesto_identifier text[], relation text[], relates_to jsonb,
      security_label text[], security_label_text text[], setting text[], setting_text text[],
      status text, type text[], type_text text[], type_snomed text, title text, size_bytes integer,
      xid xid8 NOT NULL DEFAULT pg_current_xact_id()
    );
    CREATE INDEX document_reference_of_patient ON document_reference (patient_id, date_start);
    CREATE INDEX document_reference_last_updated ON document_reference (last_updated);
    CREATE INDEX document_reference_identifier ON document_reference USING gin (identifier) WITH (gin_pending_list_limit = 512) WHERE identifier IS NOT NULL;
    CREATE INDEX document_reference_encounter ON document_reference USING gin (encounter);
    CREATE INDEX document_reference_custodian ON document_reference (custodian, date_start DESC NULLS LAST);
    CREATE INDEX document_reference_related ON document_reference USING gin (related) WHERE related IS NOT NULL;
    CREATE INDEX document_reference_relatesto ON document_reference USING gin (relatesto) WHERE relatesto IS NOT NULL;
    COMMENT ON TABLE document_reference IS 'DocumentReference: one row per resource, as it stands now.';

    CREATE TABLE composition (
      id uuid PRIMARY KEY, version_id integer NOT NULL, last_updated timestamptz NOT NULL,
      patient_id uuid, submission_id uuid NOT NULL, sender text NOT NULL, content text NOT NULL,
      profile text[], tag text[], tag_text text[], security text[], security_text text[], source text,
      attester text[], attester_identifier text[], author text[], author_identifier text[],
      category text[], category_text text[], confidentiality text, context text[], context_text text[],
      date_start timestamptz, date_end timestamptz, encounter text, encounter_identifier text[],
      entry text[], entry_identifier text[], identifier text[], identifier_text text[], subject text,
      subject_identifier text[], period_start timestamptz[], period_end timestamptz[], related_id text[],
      related_id_text text[], related_ref text[], related_ref_identifier text[], section text[],
      section_text text[], status text, title text, title_folded text, type text[], type_text text[],
      xid xid8 NOT NULL DEFAULT pg_current_xact_id()
    );
    CREATE INDEX composition_of_patient ON composition (patient_id, date_start);
    CREATE INDEX composition_last_updated ON composition (last_updated);
    CREATE INDEX composition_identifier ON composition USING gin (identifier) WITH (gin_pending_list_limit = 512) WHERE identifier IS NOT NULL;
    CREATE INDEX composition_encounter ON composition (encounter);
    COMMENT ON TABLE composition IS 'Composition: one row per resource, as it stands now.';

    CREATE TABLE message_header (
      id uuid PRIMARY KEY, version_id integer NOT NULL, last_updated timestamptz NOT NULL,
      patient_id uuid, submission_id uuid NOT NULL, sender text NOT NULL, content text NOT NULL,
      profile text[], tag text[], tag_text text[], security text[], security_text text[], source text,
      author text, author_identifier text[], code text, destination text[], destination_folded text[],
      destination_uri text[], enterer text, enterer_identifier text[], event text[], event_text text[],
      focus text[], focus_identifier text[], receiver text[], receiver_identifier text[],
      response_id text, responsible text, responsible_identifier text[], sender_reference text,
      sender_reference_identifier text[], source_name text, source_name_folded text, source_uri text,
      target text[], target_identifier text[], xid xid8 NOT NULL DEFAULT pg_current_xact_id()
    );
    CREATE INDEX message_header_last_updated ON message_header (last_updated);
    CREATE INDEX message_header_focus ON message_header USING gin (focus) WHERE focus IS NOT NULL;
    COMMENT ON TABLE message_header IS 'MessageHeader: one row per resource, as it stands now.';
  `);
}

export async function down(): Promise<void> {
  throw new Error('Migrations go forward only.');
}
