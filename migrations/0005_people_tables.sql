-- Made from the definitions in src/resources/ by: npm run migration people_tables patient organization practitioner practitioner_role location
-- docs/tables.md says what stands in each column.

-- Patient, and its history.
CREATE TABLE patient (
  id uuid PRIMARY KEY,
  version_id integer NOT NULL,
  last_updated timestamptz NOT NULL,
  patient_id uuid,
  submission_id uuid NOT NULL,
  sender text NOT NULL,
  content text NOT NULL,
  profile text[],
  tag text[],
  tag_text text[],
  security text[],
  security_text text[],
  source text,
  active text,
  address text[],
  address_folded text[],
  address_city text[],
  address_city_folded text[],
  address_country text[],
  address_country_folded text[],
  address_postalcode text[],
  address_postalcode_folded text[],
  address_state text[],
  address_state_folded text[],
  address_use text[],
  birth_start timestamptz,
  birth_end timestamptz,
  death_start timestamptz,
  death_end timestamptz,
  deceased text,
  email text[],
  email_text text[],
  family text[],
  family_folded text[],
  gender text,
  general_practitioner text[],
  general_practitioner_identifier text[],
  given text[],
  given_folded text[],
  identifier text[],
  identifier_text text[],
  language text[],
  language_text text[],
  link text[],
  link_identifier text[],
  name text[],
  name_folded text[],
  organization text,
  organization_identifier text[],
  phone text[],
  phone_text text[],
  phonetic text[],
  phonetic_folded text[],
  telecom text[],
  telecom_text text[],
  nhs_number text,
  birth_date date,
  postcode text,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
COMMENT ON TABLE patient IS 'Patient: one row per resource, as it stands now.';

CREATE TABLE patient_history (
  LIKE patient INCLUDING DEFAULTS,
  superseded_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  superseded_at timestamptz NOT NULL DEFAULT now(),
  deleted boolean NOT NULL DEFAULT false,
  PRIMARY KEY (id, version_id)
);
ALTER TABLE patient_history ALTER COLUMN content DROP NOT NULL; -- a tombstone has none
COMMENT ON TABLE patient_history IS 'Patient: earlier versions, and tombstones of what was withdrawn.';

CREATE INDEX patient_last_updated ON patient (last_updated);
CREATE INDEX patient_identifier ON patient USING gin (identifier) WITH (fastupdate = off) WHERE identifier IS NOT NULL;
CREATE UNIQUE INDEX patient_nhs_number ON patient (nhs_number) WHERE nhs_number IS NOT NULL;
CREATE INDEX patient_birth ON patient (birth_start);
CREATE INDEX patient_name_prefix ON patient USING gin (array_to_tsvector(name_folded)) WITH (fastupdate = off);
CREATE INDEX patient_family_prefix ON patient USING gin (array_to_tsvector(family_folded)) WITH (fastupdate = off);
CREATE INDEX patient_postcode ON patient (postcode);
CREATE INDEX patient_history_superseded ON patient_history (superseded_xid);
CREATE INDEX patient_history_last_updated ON patient_history (last_updated);

-- Organization, and its history.
CREATE TABLE organization (
  id uuid PRIMARY KEY,
  version_id integer NOT NULL,
  last_updated timestamptz NOT NULL,
  patient_id uuid,
  submission_id uuid NOT NULL,
  sender text NOT NULL,
  content text NOT NULL,
  profile text[],
  tag text[],
  tag_text text[],
  security text[],
  security_text text[],
  source text,
  active text,
  address text[],
  address_folded text[],
  address_city text[],
  address_city_folded text[],
  address_country text[],
  address_country_folded text[],
  address_postalcode text[],
  address_postalcode_folded text[],
  address_state text[],
  address_state_folded text[],
  address_use text[],
  endpoint text[],
  endpoint_identifier text[],
  identifier text[],
  identifier_text text[],
  name text[],
  name_folded text[],
  partof text,
  partof_identifier text[],
  phonetic text,
  phonetic_folded text,
  type text[],
  type_text text[],
  ods_code text,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
COMMENT ON TABLE organization IS 'Organization: one row per resource, as it stands now.';

CREATE TABLE organization_history (
  LIKE organization INCLUDING DEFAULTS,
  superseded_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  superseded_at timestamptz NOT NULL DEFAULT now(),
  deleted boolean NOT NULL DEFAULT false,
  PRIMARY KEY (id, version_id)
);
ALTER TABLE organization_history ALTER COLUMN content DROP NOT NULL; -- a tombstone has none
COMMENT ON TABLE organization_history IS 'Organization: earlier versions, and tombstones of what was withdrawn.';

CREATE INDEX organization_last_updated ON organization (last_updated);
CREATE INDEX organization_identifier ON organization USING gin (identifier) WITH (fastupdate = off) WHERE identifier IS NOT NULL;
CREATE INDEX organization_ods_code ON organization (ods_code);
CREATE INDEX organization_name_prefix ON organization USING gin (array_to_tsvector(name_folded)) WITH (fastupdate = off);
CREATE INDEX organization_history_superseded ON organization_history (superseded_xid);
CREATE INDEX organization_history_last_updated ON organization_history (last_updated);

-- Practitioner, and its history.
CREATE TABLE practitioner (
  id uuid PRIMARY KEY,
  version_id integer NOT NULL,
  last_updated timestamptz NOT NULL,
  patient_id uuid,
  submission_id uuid NOT NULL,
  sender text NOT NULL,
  content text NOT NULL,
  profile text[],
  tag text[],
  tag_text text[],
  security text[],
  security_text text[],
  source text,
  active text,
  address text[],
  address_folded text[],
  address_city text[],
  address_city_folded text[],
  address_country text[],
  address_country_folded text[],
  address_postalcode text[],
  address_postalcode_folded text[],
  address_state text[],
  address_state_folded text[],
  address_use text[],
  communication text[],
  communication_text text[],
  email text[],
  email_text text[],
  family text[],
  family_folded text[],
  gender text,
  given text[],
  given_folded text[],
  identifier text[],
  identifier_text text[],
  name text[],
  name_folded text[],
  phone text[],
  phone_text text[],
  phonetic text[],
  phonetic_folded text[],
  telecom text[],
  telecom_text text[],
  xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
COMMENT ON TABLE practitioner IS 'Practitioner: one row per resource, as it stands now.';

CREATE TABLE practitioner_history (
  LIKE practitioner INCLUDING DEFAULTS,
  superseded_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  superseded_at timestamptz NOT NULL DEFAULT now(),
  deleted boolean NOT NULL DEFAULT false,
  PRIMARY KEY (id, version_id)
);
ALTER TABLE practitioner_history ALTER COLUMN content DROP NOT NULL; -- a tombstone has none
COMMENT ON TABLE practitioner_history IS 'Practitioner: earlier versions, and tombstones of what was withdrawn.';

CREATE INDEX practitioner_last_updated ON practitioner (last_updated);
CREATE INDEX practitioner_identifier ON practitioner USING gin (identifier) WITH (fastupdate = off) WHERE identifier IS NOT NULL;
CREATE INDEX practitioner_name_prefix ON practitioner USING gin (array_to_tsvector(name_folded)) WITH (fastupdate = off);
CREATE INDEX practitioner_history_superseded ON practitioner_history (superseded_xid);
CREATE INDEX practitioner_history_last_updated ON practitioner_history (last_updated);

-- PractitionerRole, and its history.
CREATE TABLE practitioner_role (
  id uuid PRIMARY KEY,
  version_id integer NOT NULL,
  last_updated timestamptz NOT NULL,
  patient_id uuid,
  submission_id uuid NOT NULL,
  sender text NOT NULL,
  content text NOT NULL,
  profile text[],
  tag text[],
  tag_text text[],
  security text[],
  security_text text[],
  source text,
  active text,
  period_start timestamptz,
  period_end timestamptz,
  email text[],
  email_text text[],
  endpoint text[],
  endpoint_identifier text[],
  identifier text[],
  identifier_text text[],
  location text[],
  location_identifier text[],
  organization text,
  organization_identifier text[],
  phone text[],
  phone_text text[],
  practitioner text,
  practitioner_identifier text[],
  role text[],
  role_text text[],
  service text[],
  service_identifier text[],
  specialty text[],
  specialty_text text[],
  telecom text[],
  telecom_text text[],
  xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
COMMENT ON TABLE practitioner_role IS 'PractitionerRole: one row per resource, as it stands now.';

CREATE TABLE practitioner_role_history (
  LIKE practitioner_role INCLUDING DEFAULTS,
  superseded_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  superseded_at timestamptz NOT NULL DEFAULT now(),
  deleted boolean NOT NULL DEFAULT false,
  PRIMARY KEY (id, version_id)
);
ALTER TABLE practitioner_role_history ALTER COLUMN content DROP NOT NULL; -- a tombstone has none
COMMENT ON TABLE practitioner_role_history IS 'PractitionerRole: earlier versions, and tombstones of what was withdrawn.';

CREATE INDEX practitioner_role_last_updated ON practitioner_role (last_updated);
CREATE INDEX practitioner_role_identifier ON practitioner_role USING gin (identifier) WITH (fastupdate = off) WHERE identifier IS NOT NULL;
CREATE INDEX practitioner_role_practitioner ON practitioner_role (practitioner);
CREATE INDEX practitioner_role_organization ON practitioner_role (organization);
CREATE INDEX practitioner_role_history_superseded ON practitioner_role_history (superseded_xid);
CREATE INDEX practitioner_role_history_last_updated ON practitioner_role_history (last_updated);

-- Location, and its history.
CREATE TABLE location (
  id uuid PRIMARY KEY,
  version_id integer NOT NULL,
  last_updated timestamptz NOT NULL,
  patient_id uuid,
  submission_id uuid NOT NULL,
  sender text NOT NULL,
  content text NOT NULL,
  profile text[],
  tag text[],
  tag_text text[],
  security text[],
  security_text text[],
  source text,
  address text[],
  address_folded text[],
  address_city text,
  address_city_folded text,
  address_country text,
  address_country_folded text,
  address_postalcode text,
  address_postalcode_folded text,
  address_state text,
  address_state_folded text,
  address_use text,
  endpoint text[],
  endpoint_identifier text[],
  identifier text[],
  identifier_text text[],
  name text[],
  name_folded text[],
  position_latitude numeric,
  position_longitude numeric,
  operational_status text[],
  operational_status_text text[],
  organization text,
  organization_identifier text[],
  partof text,
  partof_identifier text[],
  status text,
  type text[],
  type_text text[],
  xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
COMMENT ON TABLE location IS 'Location: one row per resource, as it stands now.';

CREATE TABLE location_history (
  LIKE location INCLUDING DEFAULTS,
  superseded_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  superseded_at timestamptz NOT NULL DEFAULT now(),
  deleted boolean NOT NULL DEFAULT false,
  PRIMARY KEY (id, version_id)
);
ALTER TABLE location_history ALTER COLUMN content DROP NOT NULL; -- a tombstone has none
COMMENT ON TABLE location_history IS 'Location: earlier versions, and tombstones of what was withdrawn.';

CREATE INDEX location_last_updated ON location (last_updated);
CREATE INDEX location_identifier ON location USING gin (identifier) WITH (fastupdate = off) WHERE identifier IS NOT NULL;
CREATE INDEX location_history_superseded ON location_history (superseded_xid);
CREATE INDEX location_history_last_updated ON location_history (last_updated);
