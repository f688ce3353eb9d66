/** Stays. One typed column per search parameter and per thing an analyst asks for; see docs/tables.md. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE encounter (
      id uuid PRIMARY KEY, version_id integer NOT NULL, last_updated timestamptz NOT NULL,
      patient_id uuid, submission_id uuid NOT NULL, sender text NOT NULL, content text NOT NULL,
      profile text[], tag text[], tag_text text[], security text[], security_text text[], source text,
      account text[], account_identifier text[], appointment text[], appointment_identifier text[],
      based_on text[], based_on_identifier text[], class text[], class_text text[],
      period_start timestamptz, period_end timestamptz, diagnosis text[], diagnosis_identifier text[],
      episode_of_care text[], episode_of_care_identifier text[], identifier text[],
      identifier_text text[], length numeric, length_system text, length_code text, length_unit text,
      location text[], location_identifier text[], location_period_start timestamptz[],
      location_period_end timestamptz[], part_of text, part_of_identifier text[], participant text[],
      participant_identifier text[], participant_type text[], participant_type_text text[], subject text,
      subject_identifier text[], practitioner text[], practitioner_identifier text[], reason_code text[],
      reason_code_text text[], reason_reference text[], reason_reference_identifier text[],
      service_provider text, service_provider_identifier text[], special_arrangement text[],
      special_arrangement_text text[], status text, type text[], type_text text[], class_code text,
      type_snomed text, xid xid8 NOT NULL DEFAULT pg_current_xact_id()
    );
    CREATE INDEX encounter_of_patient ON encounter (patient_id, period_start);
    CREATE INDEX encounter_last_updated ON encounter (last_updated);
    CREATE INDEX encounter_identifier ON encounter USING gin (identifier) WITH (gin_pending_list_limit = 512) WHERE identifier IS NOT NULL;
    CREATE INDEX encounter_period ON encounter (period_start);
    CREATE INDEX encounter_service_provider ON encounter (service_provider, status);
    COMMENT ON TABLE encounter IS 'Encounter: one row per resource, as it stands now.';
  `);
}

export async function down(): Promise<void> {
  throw new Error('Migrations go forward only.');
}
