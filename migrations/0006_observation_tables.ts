/** Observations and questionnaire responses. One typed column per search parameter and per thing an analyst asks for; see docs/tables.md. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE observation (
      id uuid PRIMARY KEY, version_id integer NOT NULL, last_updated timestamptz NOT NULL,
      patient_id uuid, submission_id uuid NOT NULL, sender text NOT NULL, content text NOT NULL,
      profile text[], tag text[], tag_text text[], security text[], security_text text[], source text,
      based_on text[], based_on_identifier text[], category text[], category_text text[], code text[],
      code_text text[], component jsonb, component_code text[], component_code_text text[],
      component_data_absent_reason text[], component_data_absent_reason_text text[],
      component_value_concept text[], component_value_concept_text text[],
      component_value_quantity numeric[], component_value_quantity_system text[],
      component_value_quantity_code text[], component_value_quantity_unit text[],
      data_absent_reason text[], data_absent_reason_text text[], effective_start timestamptz,
      effective_end timestamptz, derived_from text[], derived_from_identifier text[], device text,
      device_identifier text[], encounter text, encounter_identifier text[], focus text[],
      focus_identifier text[], has_member text[], has_member_identifier text[], identifier text[],
      identifier_text text[], method text[], method_text text[], part_of text[],
      part_of_identifier text[], subject text, subject_identifier text[], performer text[],
      performer_identifier text[], specimen text, specimen_identifier text[], status text,
      value_concept text[], value_concept_text text[], value_date_start timestamptz,
      value_date_end timestamptz, value_quantity numeric, value_quantity_system text,
      value_quantity_code text, value_quantity_unit text, value_string text, value_string_folded text,
      snomed_code text, value_number numeric, news2_total numeric,
      xid xid8 NOT NULL DEFAULT pg_current_xact_id()
    );
    CREATE INDEX observation_of_patient ON observation (patient_id, effective_start);
    CREATE INDEX observation_last_updated ON observation (last_updated);
    CREATE INDEX observation_identifier ON observation USING gin (identifier) WITH (gin_pending_list_limit = 512) WHERE identifier IS NOT NULL;
    CREATE INDEX observation_encounter ON observation (encounter);
    CREATE INDEX observation_code ON observation USING gin (code) WITH (gin_pending_list_limit = 512);
    CREATE INDEX observation_has_member ON observation USING gin (has_member) WHERE has_member IS NOT NULL;
    CREATE INDEX observation_derived_from ON observation USING gin (derived_from) WHERE derived_from IS NOT NULL;
    CREATE INDEX observation_news2_total ON observation (news2_total, effective_start) WHERE news2_total IS NOT NULL;
    COMMENT ON TABLE observation IS 'Observation: one row per resource, as it stands now.';

    CREATE TABLE questionnaire_response (
      id uuid PRIMARY KEY, version_id integer NOT NULL, last_updated timestamptz NOT NULL,
      patient_id uuid, submission_id uuid NOT NULL, sender text NOT NULL, content text NOT NULL,
      profile text[], tag text[], tag_text text[], security text[], security_text text[], source text,
      author text, author_identifier text[], authored_start timestamptz, authored_end timestamptz,
      based_on text[], based_on_identifier text[], encounter text, encounter_identifier text[],
      identifier text[], identifier_text text[], part_of text[], part_of_identifier text[], subject text,
      subject_identifier text[], questionnaire text[], questionnaire_identifier text[],
      source_reference text, source_reference_identifier text[], status text,
      xid xid8 NOT NULL DEFAULT pg_current_xact_id()
    );
    CREATE INDEX questionnaire_response_of_patient ON questionnaire_response (patient_id, authored_start);
    CREATE INDEX questionnaire_response_last_updated ON questionnaire_response (last_updated);
    CREATE INDEX questionnaire_response_identifier ON questionnaire_response USING gin (identifier) WITH (gin_pending_list_limit = 512) WHERE identifier IS NOT NULL;
    CREATE INDEX questionnaire_response_encounter ON questionnaire_response (encounter);
    COMMENT ON TABLE questionnaire_response IS 'QuestionnaireResponse: one row per resource, as it stands now.';
  `);
}

export async function down(): Promise<void> {
  throw new Error('Migrations go forward only.');
}
