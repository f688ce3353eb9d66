-- Made from the definitions in src/resources/ by: npm run migration clinical_tables encounter observation questionnaire_response device
-- docs/tables.md says what stands in each column.

-- Encounter, and its history.
CREATE TABLE encounter (
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
  account text[],
  account_identifier text[],
  appointment text[],
  appointment_identifier text[],
  based_on text[],
  based_on_identifier text[],
  class text[],
  class_text text[],
  period_start timestamptz,
  period_end timestamptz,
  diagnosis text[],
  diagnosis_identifier text[],
  episode_of_care text[],
  episode_of_care_identifier text[],
  identifier text[],
  identifier_text text[],
  length numeric,
  length_system text,
  length_code text,
  length_unit text,
  location text[],
  location_identifier text[],
  location_period_start timestamptz[],
  location_period_end timestamptz[],
  part_of text,
  part_of_identifier text[],
  participant text[],
  participant_identifier text[],
  participant_type text[],
  participant_type_text text[],
  subject text,
  subject_identifier text[],
  practitioner text[],
  practitioner_identifier text[],
  reason_code text[],
  reason_code_text text[],
  reason_reference text[],
  reason_reference_identifier text[],
  service_provider text,
  service_provider_identifier text[],
  special_arrangement text[],
  special_arrangement_text text[],
  status text,
  type text[],
  type_text text[],
  class_code text,
  type_snomed text,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
COMMENT ON TABLE encounter IS 'Encounter: one row per resource, as it stands now.';

CREATE TABLE encounter_history (
  LIKE encounter INCLUDING DEFAULTS,
  superseded_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  superseded_at timestamptz NOT NULL DEFAULT now(),
  deleted boolean NOT NULL DEFAULT false,
  PRIMARY KEY (id, version_id)
);
ALTER TABLE encounter_history ALTER COLUMN content DROP NOT NULL; -- a tombstone has none
COMMENT ON TABLE encounter_history IS 'Encounter: earlier versions, and tombstones of what was withdrawn.';

CREATE INDEX encounter_last_updated ON encounter (last_updated);
CREATE INDEX encounter_identifier ON encounter USING gin (identifier) WITH (fastupdate = off) WHERE identifier IS NOT NULL;
CREATE INDEX encounter_of_patient ON encounter (patient_id, period_start);
CREATE INDEX encounter_period ON encounter (period_start);
CREATE INDEX encounter_service_provider ON encounter (service_provider, status);
CREATE INDEX encounter_history_superseded ON encounter_history (superseded_xid);
CREATE INDEX encounter_history_last_updated ON encounter_history (last_updated);

-- Observation, and its history.
CREATE TABLE observation (
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
  based_on text[],
  based_on_identifier text[],
  category text[],
  category_text text[],
  code text[],
  code_text text[],
  component jsonb,
  component_code text[],
  component_code_text text[],
  component_data_absent_reason text[],
  component_data_absent_reason_text text[],
  component_value_concept text[],
  component_value_concept_text text[],
  component_value_quantity numeric[],
  component_value_quantity_system text[],
  component_value_quantity_code text[],
  component_value_quantity_unit text[],
  data_absent_reason text[],
  data_absent_reason_text text[],
  effective_start timestamptz,
  effective_end timestamptz,
  derived_from text[],
  derived_from_identifier text[],
  device text,
  device_identifier text[],
  encounter text,
  encounter_identifier text[],
  focus text[],
  focus_identifier text[],
  has_member text[],
  has_member_identifier text[],
  identifier text[],
  identifier_text text[],
  method text[],
  method_text text[],
  part_of text[],
  part_of_identifier text[],
  subject text,
  subject_identifier text[],
  performer text[],
  performer_identifier text[],
  specimen text,
  specimen_identifier text[],
  status text,
  value_concept text[],
  value_concept_text text[],
  value_date_start timestamptz,
  value_date_end timestamptz,
  value_quantity numeric,
  value_quantity_system text,
  value_quantity_code text,
  value_quantity_unit text,
  value_string text,
  value_string_folded text,
  news2_total numeric,
  snomed_code text,
  value_number numeric,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
COMMENT ON TABLE observation IS 'Observation: one row per resource, as it stands now.';

CREATE TABLE observation_history (
  LIKE observation INCLUDING DEFAULTS,
  superseded_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  superseded_at timestamptz NOT NULL DEFAULT now(),
  deleted boolean NOT NULL DEFAULT false,
  PRIMARY KEY (id, version_id)
);
ALTER TABLE observation_history ALTER COLUMN content DROP NOT NULL; -- a tombstone has none
COMMENT ON TABLE observation_history IS 'Observation: earlier versions, and tombstones of what was withdrawn.';

CREATE INDEX observation_last_updated ON observation (last_updated);
CREATE INDEX observation_identifier ON observation USING gin (identifier) WITH (fastupdate = off) WHERE identifier IS NOT NULL;
CREATE INDEX observation_of_patient ON observation (patient_id, effective_start);
CREATE INDEX observation_encounter ON observation (encounter);
CREATE INDEX observation_code ON observation USING gin (code) WITH (fastupdate = off);
CREATE INDEX observation_has_member ON observation USING gin (has_member) WITH (fastupdate = off) WHERE has_member IS NOT NULL;
CREATE INDEX observation_derived_from ON observation USING gin (derived_from) WITH (fastupdate = off) WHERE derived_from IS NOT NULL;
CREATE INDEX observation_news2_total ON observation (news2_total, effective_start) WHERE news2_total IS NOT NULL;
CREATE INDEX observation_history_superseded ON observation_history (superseded_xid);
CREATE INDEX observation_history_last_updated ON observation_history (last_updated);

-- Device, and its history.
CREATE TABLE device (
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
  device_name text[],
  device_name_folded text[],
  identifier text[],
  identifier_text text[],
  location text,
  location_identifier text[],
  manufacturer text,
  manufacturer_folded text,
  model text,
  model_folded text,
  organization text,
  organization_identifier text[],
  patient text,
  patient_identifier text[],
  status text,
  type text[],
  type_text text[],
  udi_carrier text[],
  udi_carrier_folded text[],
  udi_di text[],
  udi_di_folded text[],
  url text,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
COMMENT ON TABLE device IS 'Device: one row per resource, as it stands now.';

CREATE TABLE device_history (
  LIKE device INCLUDING DEFAULTS,
  superseded_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  superseded_at timestamptz NOT NULL DEFAULT now(),
  deleted boolean NOT NULL DEFAULT false,
  PRIMARY KEY (id, version_id)
);
ALTER TABLE device_history ALTER COLUMN content DROP NOT NULL; -- a tombstone has none
COMMENT ON TABLE device_history IS 'Device: earlier versions, and tombstones of what was withdrawn.';

CREATE INDEX device_last_updated ON device (last_updated);
CREATE INDEX device_identifier ON device USING gin (identifier) WITH (fastupdate = off) WHERE identifier IS NOT NULL;
CREATE INDEX device_of_patient ON device (patient_id, last_updated);
CREATE INDEX device_history_superseded ON device_history (superseded_xid);
CREATE INDEX device_history_last_updated ON device_history (last_updated);

-- QuestionnaireResponse, and its history.
CREATE TABLE questionnaire_response (
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
  author text,
  author_identifier text[],
  authored_start timestamptz,
  authored_end timestamptz,
  based_on text[],
  based_on_identifier text[],
  encounter text,
  encounter_identifier text[],
  identifier text[],
  identifier_text text[],
  part_of text[],
  part_of_identifier text[],
  subject text,
  subject_identifier text[],
  questionnaire text[],
  questionnaire_identifier text[],
  source_reference text,
  source_reference_identifier text[],
  status text,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
COMMENT ON TABLE questionnaire_response IS 'QuestionnaireResponse: one row per resource, as it stands now.';

CREATE TABLE questionnaire_response_history (
  LIKE questionnaire_response INCLUDING DEFAULTS,
  superseded_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  superseded_at timestamptz NOT NULL DEFAULT now(),
  deleted boolean NOT NULL DEFAULT false,
  PRIMARY KEY (id, version_id)
);
ALTER TABLE questionnaire_response_history ALTER COLUMN content DROP NOT NULL; -- a tombstone has none
COMMENT ON TABLE questionnaire_response_history IS 'QuestionnaireResponse: earlier versions, and tombstones of what was withdrawn.';

CREATE INDEX questionnaire_response_last_updated ON questionnaire_response (last_updated);
CREATE INDEX questionnaire_response_identifier ON questionnaire_response USING gin (identifier) WITH (fastupdate = off) WHERE identifier IS NOT NULL;
CREATE INDEX questionnaire_response_of_patient ON questionnaire_response (patient_id, authored_start);
CREATE INDEX questionnaire_response_encounter ON questionnaire_response (encounter);
CREATE INDEX questionnaire_response_history_superseded ON questionnaire_response_history (superseded_xid);
CREATE INDEX questionnaire_response_history_last_updated ON questionnaire_response_history (last_updated);
