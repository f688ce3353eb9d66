-- Made from the definitions in src/resources/ by: npm run migration document_tables
-- docs/tables.md says what stands in each column.

-- DocumentReference, and its history.
CREATE TABLE document_reference (
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
  authenticator text,
  authenticator_identifier text[],
  author text[],
  author_identifier text[],
  category text[],
  category_text text[],
  contenttype text[],
  creation_start timestamptz[],
  creation_end timestamptz[],
  custodian text,
  custodian_identifier text[],
  date_start timestamptz,
  date_end timestamptz,
  description text,
  description_folded text,
  encounter text[],
  encounter_identifier text[],
  event text[],
  event_text text[],
  facility text[],
  facility_text text[],
  format text[],
  format_text text[],
  identifier text[],
  identifier_text text[],
  language text[],
  location text[],
  subject text,
  subject_identifier text[],
  period_start timestamptz,
  period_end timestamptz,
  related text[],
  related_identifier text[],
  relatesto text[],
  relatesto_identifier text[],
  relation text[],
  relates_to jsonb,
  security_label text[],
  security_label_text text[],
  setting text[],
  setting_text text[],
  status text,
  type text[],
  type_text text[],
  type_snomed text,
  title text,
  size_bytes integer,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
COMMENT ON TABLE document_reference IS 'DocumentReference: one row per resource, as it stands now.';

CREATE TABLE document_reference_history (
  LIKE document_reference INCLUDING DEFAULTS,
  superseded_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  superseded_at timestamptz NOT NULL DEFAULT now(),
  deleted boolean NOT NULL DEFAULT false,
  PRIMARY KEY (id, version_id)
);
ALTER TABLE document_reference_history ALTER COLUMN content DROP NOT NULL; -- a tombstone has none
COMMENT ON TABLE document_reference_history IS 'DocumentReference: earlier versions, and tombstones of what was withdrawn.';

CREATE INDEX document_reference_last_updated ON document_reference (last_updated);
CREATE INDEX document_reference_identifier ON document_reference USING gin (identifier) WITH (fastupdate = off) WHERE identifier IS NOT NULL;
CREATE INDEX document_reference_of_patient ON document_reference (patient_id, date_start);
CREATE INDEX document_reference_encounter ON document_reference USING gin (encounter) WITH (fastupdate = off);
CREATE INDEX document_reference_custodian ON document_reference (custodian, date_start DESC NULLS LAST);
CREATE INDEX document_reference_related ON document_reference USING gin (related) WITH (fastupdate = off) WHERE related IS NOT NULL;
CREATE INDEX document_reference_relatesto ON document_reference USING gin (relatesto) WITH (fastupdate = off) WHERE relatesto IS NOT NULL;
CREATE INDEX document_reference_history_superseded ON document_reference_history (superseded_xid);
CREATE INDEX document_reference_history_last_updated ON document_reference_history (last_updated);

-- Composition, and its history.
CREATE TABLE composition (
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
  attester text[],
  attester_identifier text[],
  author text[],
  author_identifier text[],
  category text[],
  category_text text[],
  confidentiality text,
  context text[],
  context_text text[],
  date_start timestamptz,
  date_end timestamptz,
  encounter text,
  encounter_identifier text[],
  entry text[],
  entry_identifier text[],
  identifier text[],
  identifier_text text[],
  subject text,
  subject_identifier text[],
  period_start timestamptz[],
  period_end timestamptz[],
  related_id text[],
  related_id_text text[],
  related_ref text[],
  related_ref_identifier text[],
  section text[],
  section_text text[],
  status text,
  title text,
  title_folded text,
  type text[],
  type_text text[],
  xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
COMMENT ON TABLE composition IS 'Composition: one row per resource, as it stands now.';

CREATE TABLE composition_history (
  LIKE composition INCLUDING DEFAULTS,
  superseded_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  superseded_at timestamptz NOT NULL DEFAULT now(),
  deleted boolean NOT NULL DEFAULT false,
  PRIMARY KEY (id, version_id)
);
ALTER TABLE composition_history ALTER COLUMN content DROP NOT NULL; -- a tombstone has none
COMMENT ON TABLE composition_history IS 'Composition: earlier versions, and tombstones of what was withdrawn.';

CREATE INDEX composition_last_updated ON composition (last_updated);
CREATE INDEX composition_identifier ON composition USING gin (identifier) WITH (fastupdate = off) WHERE identifier IS NOT NULL;
CREATE INDEX composition_of_patient ON composition (patient_id, date_start);
CREATE INDEX composition_encounter ON composition (encounter);
CREATE INDEX composition_history_superseded ON composition_history (superseded_xid);
CREATE INDEX composition_history_last_updated ON composition_history (last_updated);

-- MessageHeader, and its history.
CREATE TABLE message_header (
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
  code text,
  destination text[],
  destination_folded text[],
  destination_uri text[],
  enterer text,
  enterer_identifier text[],
  event text[],
  event_text text[],
  focus text[],
  focus_identifier text[],
  receiver text[],
  receiver_identifier text[],
  response_id text,
  responsible text,
  responsible_identifier text[],
  sender_reference text,
  sender_reference_identifier text[],
  source_name text,
  source_name_folded text,
  source_uri text,
  target text[],
  target_identifier text[],
  xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
COMMENT ON TABLE message_header IS 'MessageHeader: one row per resource, as it stands now.';

CREATE TABLE message_header_history (
  LIKE message_header INCLUDING DEFAULTS,
  superseded_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  superseded_at timestamptz NOT NULL DEFAULT now(),
  deleted boolean NOT NULL DEFAULT false,
  PRIMARY KEY (id, version_id)
);
ALTER TABLE message_header_history ALTER COLUMN content DROP NOT NULL; -- a tombstone has none
COMMENT ON TABLE message_header_history IS 'MessageHeader: earlier versions, and tombstones of what was withdrawn.';

CREATE INDEX message_header_last_updated ON message_header (last_updated);
CREATE INDEX message_header_focus ON message_header USING gin (focus) WITH (fastupdate = off) WHERE focus IS NOT NULL;
CREATE INDEX message_header_history_superseded ON message_header_history (superseded_xid);
CREATE INDEX message_header_history_last_updated ON message_header_history (last_updated);

-- Provenance, and its history.
CREATE TABLE provenance (
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
  agent text[],
  agent_identifier text[],
  agent_role text[],
  agent_role_text text[],
  agent_type text[],
  agent_type_text text[],
  entity text[],
  entity_identifier text[],
  location text,
  location_identifier text[],
  patient text[],
  patient_identifier text[],
  recorded_start timestamptz,
  recorded_end timestamptz,
  signature_type text[],
  signature_type_text text[],
  target text[],
  target_identifier text[],
  when_start timestamptz,
  when_end timestamptz,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
COMMENT ON TABLE provenance IS 'Provenance: one row per resource, as it stands now.';

CREATE TABLE provenance_history (
  LIKE provenance INCLUDING DEFAULTS,
  superseded_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  superseded_at timestamptz NOT NULL DEFAULT now(),
  deleted boolean NOT NULL DEFAULT false,
  PRIMARY KEY (id, version_id)
);
ALTER TABLE provenance_history ALTER COLUMN content DROP NOT NULL; -- a tombstone has none
COMMENT ON TABLE provenance_history IS 'Provenance: earlier versions, and tombstones of what was withdrawn.';

CREATE INDEX provenance_last_updated ON provenance (last_updated);
CREATE INDEX provenance_of_patient ON provenance (patient_id, recorded_start);
CREATE INDEX provenance_target ON provenance USING gin (target) WITH (fastupdate = off);
CREATE INDEX provenance_patient ON provenance USING gin (patient) WITH (fastupdate = off) WHERE patient IS NOT NULL;
CREATE INDEX provenance_of_submission ON provenance (submission_id);
CREATE INDEX provenance_history_superseded ON provenance_history (superseded_xid);
CREATE INDEX provenance_history_last_updated ON provenance_history (last_updated);
CREATE INDEX provenance_history_of_submission ON provenance_history (submission_id);

-- Bundle, and its history.
CREATE TABLE bundle (
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
  composition text,
  composition_identifier text[],
  message text,
  message_identifier text[],
  identifier text[],
  identifier_text text[],
  timestamp timestamptz,
  type text,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
COMMENT ON TABLE bundle IS 'Bundle: one row per resource, as it stands now.';

CREATE TABLE bundle_history (
  LIKE bundle INCLUDING DEFAULTS,
  superseded_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  superseded_at timestamptz NOT NULL DEFAULT now(),
  deleted boolean NOT NULL DEFAULT false,
  PRIMARY KEY (id, version_id)
);
ALTER TABLE bundle_history ALTER COLUMN content DROP NOT NULL; -- a tombstone has none
COMMENT ON TABLE bundle_history IS 'Bundle: earlier versions, and tombstones of what was withdrawn.';

CREATE INDEX bundle_last_updated ON bundle (last_updated);
CREATE INDEX bundle_identifier ON bundle USING gin (identifier) WITH (fastupdate = off) WHERE identifier IS NOT NULL;
CREATE INDEX bundle_of_patient ON bundle (patient_id, last_updated);
CREATE INDEX bundle_of_sender ON bundle (sender, last_updated);
CREATE INDEX bundle_of_submission ON bundle (submission_id);
CREATE INDEX bundle_history_superseded ON bundle_history (superseded_xid);
CREATE INDEX bundle_history_last_updated ON bundle_history (last_updated);
CREATE INDEX bundle_history_of_submission ON bundle_history (submission_id);

-- Resources of every type without a table of its own, and its history.
CREATE TABLE other_resource (
  id uuid PRIMARY KEY,
  version_id integer NOT NULL,
  last_updated timestamptz NOT NULL,
  patient_id uuid,
  submission_id uuid NOT NULL,
  sender text NOT NULL,
  content text NOT NULL,
  resource_type text,
  profile text[],
  tag text[],
  tag_text text[],
  security text[],
  security_text text[],
  source text,
  identifier text[],
  identifier_text text[],
  subject text[],
  subject_identifier text[],
  status text[],
  status_text text[],
  date_start timestamptz,
  date_end timestamptz,
  code text[],
  code_text text[],
  xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
COMMENT ON TABLE other_resource IS 'Resources of every type without a table of its own: one row per resource, as it stands now.';

CREATE TABLE other_resource_history (
  LIKE other_resource INCLUDING DEFAULTS,
  superseded_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  superseded_at timestamptz NOT NULL DEFAULT now(),
  deleted boolean NOT NULL DEFAULT false,
  PRIMARY KEY (id, version_id)
);
ALTER TABLE other_resource_history ALTER COLUMN content DROP NOT NULL; -- a tombstone has none
COMMENT ON TABLE other_resource_history IS 'Resources of every type without a table of its own: earlier versions, and tombstones of what was withdrawn.';

CREATE INDEX other_resource_last_updated ON other_resource (resource_type, last_updated);
CREATE INDEX other_resource_identifier ON other_resource USING gin (identifier) WITH (fastupdate = off) WHERE identifier IS NOT NULL;
CREATE INDEX other_resource_of_patient ON other_resource (patient_id, resource_type, date_start);
CREATE INDEX other_resource_by_time ON other_resource (last_updated);
CREATE INDEX other_resource_subject ON other_resource USING gin (subject) WITH (fastupdate = off) WHERE subject IS NOT NULL;
CREATE INDEX other_resource_history_superseded ON other_resource_history (superseded_xid);
CREATE INDEX other_resource_history_last_updated ON other_resource_history (last_updated);
