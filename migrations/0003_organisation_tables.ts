/** Organisations, people and places. One typed column per search parameter and per thing an analyst asks for; see docs/tables.md. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE organization (
      id uuid PRIMARY KEY, version_id integer NOT NULL, last_updated timestamptz NOT NULL,
      patient_id uuid, submission_id uuid NOT NULL, sender text NOT NULL, content text NOT NULL,
      profile text[], tag text[], tag_text text[], security text[], security_text text[], source text,
      active text, address text[], address_folded text[], address_city text[],
      address_city_folded text[], address_country text[], address_country_folded text[],
      address_postalcode text[], address_postalcode_folded text[], address_state text[],
      address_state_folded text[], address_use text[], endpoint text[], endpoint_identifier text[],
      identifier text[], identifier_text text[], name text[], name_folded text[], partof text,
      partof_identifier text[], phonetic text, phonetic_folded text, type text[], type_text text[],
      ods_code text, xid xid8 NOT NULL DEFAULT pg_current_xact_id()
    );
    CREATE INDEX organization_last_updated ON organization (last_updated);
    CREATE INDEX organization_identifier ON organization USING gin (identifier) WITH (fastupdate = off) WHERE identifier IS NOT NULL;
    CREATE INDEX organization_ods_code ON organization (ods_code);
    CREATE INDEX organization_name_prefix ON organization USING gin (array_to_tsvector(name_folded));
    COMMENT ON TABLE organization IS 'Organization: one row per resource, as it stands now.';

    CREATE TABLE practitioner (
      id uuid PRIMARY KEY, version_id integer NOT NULL, last_updated timestamptz NOT NULL,
      patient_id uuid, submission_id uuid NOT NULL, sender text NOT NULL, content text NOT NULL,
      profile text[], tag text[], tag_text text[], security text[], security_text text[], source text,
      active text, address text[], address_folded text[], address_city text[],
      address_city_folded text[], address_country text[], address_country_folded text[],
      address_postalcode text[], address_postalcode_folded text[], address_state text[],
      address_state_folded text[], address_use text[], communication text[], communication_text text[],
      email text[], email_text text[], family text[], family_folded text[], gender text, given text[],
      given_folded text[], identifier text[], identifier_text text[], name text[], name_folded text[],
      phone text[], phone_text text[], phonetic text[], phonetic_folded text[], telecom text[],
      telecom_text text[], xid xid8 NOT NULL DEFAULT pg_current_xact_id()
    );
    CREATE INDEX practitioner_last_updated ON practitioner (last_updated);
    CREATE INDEX practitioner_identifier ON practitioner USING gin (identifier) WITH (gin_pending_list_limit = 512) WHERE identifier IS NOT NULL;
    CREATE INDEX practitioner_name_prefix ON practitioner USING gin (array_to_tsvector(name_folded));
    COMMENT ON TABLE practitioner IS 'Practitioner: one row per resource, as it stands now.';

    CREATE TABLE practitioner_role (
      id uuid PRIMARY KEY, version_id integer NOT NULL, last_updated timestamptz NOT NULL,
      patient_id uuid, submission_id uuid NOT NULL, sender text NOT NULL, content text NOT NULL,
      profile text[], tag text[], tag_text text[], security text[], security_text text[], source text,
      active text, period_start timestamptz, period_end timestamptz, email text[], email_text text[],
      endpoint text[], endpoint_identifier text[], identifier text[], identifier_text text[],
      location text[], location_identifier text[], organization text, organization_identifier text[],
      phone text[], phone_text text[], practitioner text, practitioner_identifier text[], role text[],
      role_text text[], service text[], service_identifier text[], specialty text[],
      specialty_text text[], telecom text[], telecom_text text[],
      xid xid8 NOT NULL DEFAULT pg_current_xact_id()
    );
    CREATE INDEX practitioner_role_last_updated ON practitioner_role (last_updated);
    CREATE INDEX practitioner_role_identifier ON practitioner_role USING gin (identifier) WITH (gin_pending_list_limit = 512) WHERE identifier IS NOT NULL;
    CREATE INDEX practitioner_role_practitioner ON practitioner_role (practitioner);
    CREATE INDEX practitioner_role_organization ON practitioner_role (organization);
    COMMENT ON TABLE practitioner_role IS 'PractitionerRole: one row per resource, as it stands now.';

    CREATE TABLE location (
      id uuid PRIMARY KEY, version_id integer NOT NULL, last_updated timestamptz NOT NULL,
      patient_id uuid, submission_id uuid NOT NULL, sender text NOT NULL, content text NOT NULL,
      profile text[], tag text[], tag_text text[], security text[], security_text text[], source text,
      address text[], address_folded text[], address_city text, address_city_folded text,
      address_country text, address_country_folded text, address_postalcode text,
      address_postalcode_folded text, address_state text, address_state_folded text, address_use text,
      endpoint text[], endpoint_identifier text[], identifier text[], identifier_text text[],
      name text[], name_folded text[], position_latitude numeric, position_longitude numeric,
      operational_status text[], operational_status_text text[], organization text,
      organization_identifier text[], partof text, partof_identifier text[], status text, type text[],
      type_text text[], xid xid8 NOT NULL DEFAULT pg_current_xact_id()
    );
    CREATE INDEX location_last_updated ON location (last_updated);
    CREATE INDEX location_identifier ON location USING gin (identifier) WITH (gin_pending_list_limit = 512) WHERE identifier IS NOT NULL;
    COMMENT ON TABLE location IS 'Location: one row per resource, as it stands now.';
  `);
}

export async function down(): Promise<void> {
  throw new Error('Migrations go forward only.');
}
