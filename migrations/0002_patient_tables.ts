/** Patients. One typed column per search parameter and per thing an analyst asks for; see docs/tables.md. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE patient (
      id uuid PRIMARY KEY, version_id integer NOT NULL, last_updated timestamptz NOT NULL,
      patient_id uuid, submission_id uuid NOT NULL, sender text NOT NULL, content text NOT NULL,
      profile text[], tag text[], tag_text text[], security text[], security_text text[], source text,
      active text, address text[], address_folded text[], address_city text[],
      address_city_folded text[], address_country text[], address_country_folded text[],
      address_postalcode text[], address_postalcode_folded text[], address_state text[],
      address_state_folded text[], address_use text[], birth_start timestamptz, birth_end timestamptz,
      death_start timestamptz, death_end timestamptz, deceased text, email text[], email_text text[],
      family text[], family_folded text[], gender text, general_practitioner text[],
      general_practitioner_identifier text[], given text[], given_folded text[], identifier text[],
      identifier_text text[], language text[], language_text text[], link text[], link_identifier text[],
      name text[], name_folded text[], organization text, organization_identifier text[], phone text[],
      phone_text text[], phonetic text[], phonetic_folded text[], telecom text[], telecom_text text[],
      nhs_number text, birth_date date, postcode text, xid xid8 NOT NULL DEFAULT pg_current_xact_id()
    );
    CREATE INDEX patient_last_updated ON patient (last_updated);
    CREATE INDEX patient_identifier ON patient USING gin (identifier) WITH (fastupdate = off) WHERE identifier IS NOT NULL;
    CREATE UNIQUE INDEX patient_nhs_number ON patient (nhs_number) WHERE nhs_number IS NOT NULL;
    CREATE INDEX patient_birth ON patient (birth_start);
    CREATE INDEX patient_name_prefix ON patient USING gin (array_to_tsvector(name_folded));
    CREATE INDEX patient_family_prefix ON patient USING gin (array_to_tsvector(family_folded));
    CREATE INDEX patient_postcode ON patient (postcode);
    COMMENT ON TABLE patient IS 'Patient: one row per resource, as it stands now.';
  `);
}

export async function down(): Promise<void> {
  throw new Error('Migrations go forward only.');
}
