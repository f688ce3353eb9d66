/** Devices, provenance, and every resource type without a table of its own. One typed column per search parameter and per thing an analyst asks for; see docs/tables.md. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE device (
      id uuid PRIMARY KEY, version_id integer NOT NULL, last_updated timestamptz NOT NULL,
      patient_id uuid, submission_id uuid NOT NULL, sender text NOT NULL, content text NOT NULL,
      profile text[], tag text[], tag_text text[], security text[], security_text text[], source text,
      device_name text[], device_name_folded text[], identifier text[], identifier_text text[],
      location text, location_identifier text[], manufacturer text, manufacturer_folded text, model text,
      model_folded text, organization text, organization_identifier text[], patient text,
      patient_identifier text[], status text, type text[], type_text text[], udi_carrier text[],
      udi_carrier_folded text[], udi_di text[], udi_di_folded text[], url text,
      xid xid8 NOT NULL DEFAULT pg_current_xact_id()
    );
    CREATE INDEX device_of_patient ON device (patient_id, last_updated);
    CREATE INDEX device_last_updated ON device (last_updated);
    CREATE INDEX device_identifier ON device USING gin (identifier) WITH (gin_pending_list_limit = 512) WHERE identifier IS NOT NULL;
    COMMENT ON TABLE device IS 'Device: one row per resource, as it stands now.';

    CREATE TABLE provenance (
      id uuid PRIMARY KEY, version_id integer NOT NULL, last_updated timestamptz NOT NULL,
      patient_id uuid, submission_id uuid NOT NULL, sender text NOT NULL, content text NOT NULL,
      profile text[], tag text[], tag_text text[], security text[], security_text text[], source text,
      agent text[], agent_identifier text[], agent_role text[], agent_role_text text[],
      agent_type text[], agent_type_text text[], entity text[], entity_identifier text[], location text,
      location_identifier text[], patient text[], patient_identifier text[], recorded_start timestamptz,
      recorded_end timestamptz, signature_type text[], signature_type_text text[], target text[],
      target_identifier text[], when_start timestamptz, when_end timestamptz,
      xid xid8 NOT NULL DEFAULT pg_current_xact_id()
    );
    CREATE INDEX provenance_of_patient ON provenance (patient_id, recorded_start);
    CREATE INDEX provenance_last_updated ON provenance (last_updated);
    CREATE INDEX provenance_target ON provenance USING gin (target);
    CREATE INDEX provenance_patient ON provenance USING gin (patient) WHERE patient IS NOT NULL;
    COMMENT ON TABLE provenance IS 'Provenance: one row per resource, as it stands now.';

    CREATE TABLE other_resource (
      id uuid PRIMARY KEY, version_id integer NOT NULL, last_updated timestamptz NOT NULL,
      patient_id uuid, submission_id uuid NOT NULL, sender text NOT NULL, content text NOT NULL,
      resource_type text, profile text[], tag text[], tag_text text[], security text[],
      security_text text[], source text, identifier text[], identifier_text text[], subject text[],
      subject_identifier text[], status text[], status_text text[], date_start timestamptz,
      date_end timestamptz, code text[], code_text text[],
      xid xid8 NOT NULL DEFAULT pg_current_xact_id()
    );
    CREATE INDEX other_resource_of_patient ON other_resource (patient_id, resource_type, date_start);
    CREATE INDEX other_resource_last_updated ON other_resource (resource_type, last_updated);
    CREATE INDEX other_resource_identifier ON other_resource USING gin (identifier) WITH (gin_pending_list_limit = 512) WHERE identifier IS NOT NULL;
    CREATE INDEX other_resource_subject ON other_resource USING gin (subject) WHERE subject IS NOT NULL;
    COMMENT ON TABLE other_resource IS 'Resources of every type without a table of its own.';
  `);
}

export async function down(): Promise<void> {
  throw new Error('Migrations go forward only.');
}
