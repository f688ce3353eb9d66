-- The audit trail: who did what to whose data; see docs/audit.md. Rows are written once, in partitions by month of
-- their id (a UUID of version 7 begins with its time): an id finds its partition, and an old month is dropped whole.

CREATE TABLE audit_record (
  id uuid PRIMARY KEY,
  last_updated timestamptz NOT NULL,
  action text NOT NULL,
  interaction text NOT NULL,
  outcome text NOT NULL,
  http_status smallint NOT NULL,
  sender text NOT NULL,
  client_id text,
  organisation text,
  end_user_organisation text,
  user_name text,
  user_reference text,
  token_id text,
  address text,
  observer text NOT NULL,
  request_id text NOT NULL,
  target text,
  patient text[],
  patient_identifier text[],
  entity text[],
  submission_id uuid,
  has_query boolean NOT NULL,
  break_glass text,
  content text NOT NULL,
  mac bytea NOT NULL,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id()
) PARTITION BY RANGE (id);
COMMENT ON TABLE audit_record IS 'The audit trail, partitioned by month; never changed.';
COMMENT ON COLUMN audit_record.mac IS 'HMAC-SHA256 of the content: shows that the server wrote it.';

CREATE TABLE audit_record_default PARTITION OF audit_record DEFAULT;
ALTER TABLE audit_record_default SET (toast_tuple_target = 8160);

CREATE INDEX audit_record_last_updated ON audit_record (last_updated);
CREATE INDEX audit_record_xid ON audit_record (xid);
-- With its pending list, unlike other GIN indexes: everybody writes here, few search.
CREATE INDEX audit_record_patient ON audit_record USING gin (patient, patient_identifier);
-- What was refused or failed, in the order of time: few of the records, and what an auditor asks for first.
CREATE INDEX audit_record_refused ON audit_record (last_updated, outcome) WHERE outcome <> '0';

-- How the view below writes names and tokens: as src/engines/indexing/fold.ts and src/definitions/token-text.ts write
-- what is asked for. Names here are of users and clients, so that marks of other scripts than Latin, Greek and Cyrillic
-- stay. See docs/decisions/0033-reading-what-people-type.md.
CREATE FUNCTION audit_folded(texts text[]) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT array_agg(btrim(regexp_replace(translate(
    replace(replace(replace(replace(
      regexp_replace(regexp_replace(regexp_replace(normalize(regexp_replace(regexp_replace(
        lower(item),
        -- apostrophes, and what is not seen
        '[''`´\u02b9-\u02bf\u02c8\u02ca\u02cb\u02ee\u055a\u07f4\u1fbd\u1fbf\u1fef\u1ffd\u1ffe\u2018-\u201b\u2032\u2035\ua78b\ua78c\uff07\uff40\u0001-\u0008\u000e-\u001f\u200b-\u200f\u2060\ufeff]', '', 'g'),
        -- hyphens
        '[\-\u00ad\u02d7\u058a\u05be\u1400\u1806\u2010-\u2015\u2043\u207b\u208b\u2212\u2e17\u2e1a\u2e3a\u2e3b\u2e40\u301c\u3030\u30a0\ufe31\ufe32\ufe58\ufe63\uff0d]', ' ', 'g'),
        NFKD),
        -- accents
        '[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]', '', 'g'),
        -- both again, of letters that were taken apart
        '[''`´\u02b9-\u02bf\u02c8\u02ca\u02cb\u02ee\u055a\u07f4\u1fbd\u1fbf\u1fef\u1ffd\u1ffe\u2018-\u201b\u2032\u2035\ua78b\ua78c\uff07\uff40\u0001-\u0008\u000e-\u001f\u200b-\u200f\u2060\ufeff]', '', 'g'),
        '[\-\u00ad\u02d7\u058a\u05be\u1400\u1806\u2010-\u2015\u2043\u207b\u208b\u2212\u2e17\u2e1a\u2e3a\u2e3b\u2e40\u301c\u3030\u30a0\ufe31\ufe32\ufe58\ufe63\uff0d]', ' ', 'g'),
      'þ', 'th'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'),
    'łøðđı', 'loddi'), '\s+', ' ', 'g')))
  FROM unnest(texts) AS item
$$;
COMMENT ON FUNCTION audit_folded IS 'Texts as names are compared: without case, accents and apostrophes; hyphens are spaces.';

CREATE FUNCTION audit_token(system text, value text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN value IS NULL THEN '{}'::text[] ELSE ARRAY[
    coalesce(regexp_replace(CASE WHEN system ~* '^urn:(uuid|oid):' THEN lower(system) ELSE system END, '([\\|])', '\\\1', 'g'), '')
      || '|' || regexp_replace(CASE WHEN value ~* '^urn:(uuid|oid):' THEN lower(value) ELSE value END, '([\\|])', '\\\1', 'g'),
    regexp_replace(CASE WHEN value ~* '^urn:(uuid|oid):' THEN lower(value) ELSE value END, '([\\|])', '\\\1', 'g')
  ] END
$$;
COMMENT ON FUNCTION audit_token IS 'A code or identifier as searches compare it: system|value, and value.';

-- What FHIR searches by. Rarely used columns are made from the record when they are asked for, so that the record
-- itself, written before every answer, stays small.
CREATE VIEW audit_event AS SELECT
  id,
  1 AS version_id,
  last_updated,
  CASE WHEN cardinality(patient) = 1 THEN split_part(patient[1], '/', 2)::uuid END AS patient_id,
  submission_id,
  sender,
  content,
  NULL::text[] AS profile,
  NULL::text[] AS tag,
  NULL::text[] AS tag_text,
  NULL::text[] AS security,
  NULL::text[] AS security_text,
  NULL::text AS source,
  action,
  array_remove(ARRAY[address, observer], NULL) AS address,
  audit_folded(array_remove(ARRAY[address, observer], NULL)) AS address_folded,
  nullif(array_remove(ARRAY[user_reference], NULL), '{}') AS agent,
  audit_token(NULL, client_id)
    || audit_token('https://fhir.nhs.uk/Id/ods-organization-code', organisation)
    || audit_token('https://fhir.nhs.uk/Id/ods-organization-code', end_user_organisation)
    || audit_token(NULL, observer) AS agent_identifier,
  nullif(array_remove(ARRAY[client_id, user_name], NULL), '{}') AS agent_name,
  audit_folded(array_remove(ARRAY[client_id, user_name], NULL)) AS agent_name_folded,
  NULL::text[] AS agent_role,
  audit_folded(ARRAY(
    SELECT role #>> '{}' FROM jsonb_path_query(content::jsonb, '$.agent[*].role[*].text') AS role
  )) AS agent_role_text,
  nullif(audit_token(NULL, token_id), '{}') AS altid,
  NULL::text[] AS altid_text,
  entity,
  audit_token(NULL, request_id) || coalesce(patient_identifier, '{}') AS entity_identifier,
  nullif(array_remove(ARRAY[target], NULL), '{}') AS entity_name,
  audit_folded(array_remove(ARRAY[target], NULL)) AS entity_name_folded,
  ARRAY(
    SELECT unnest(audit_token(role ->> 'system', role ->> 'code'))
    FROM jsonb_path_query(content::jsonb, '$.entity[*].role') AS role
  ) AS entity_role,
  NULL::text[] AS entity_role_text,
  ARRAY(
    SELECT unnest(audit_token(type ->> 'system', type ->> 'code'))
    FROM jsonb_path_query(content::jsonb, '$.entity[*].type') AS type
  ) AS entity_type,
  NULL::text[] AS entity_type_text,
  outcome,
  patient,
  patient_identifier,
  NULL::text[] AS policy,
  NULL::text[] AS site,
  NULL::text[] AS site_text,
  NULL::text AS observer,
  audit_token(NULL, observer) AS observer_identifier,
  audit_token(
    CASE WHEN interaction LIKE '$%' THEN NULL ELSE
      CASE interaction
        WHEN '110122' THEN 'http://dicom.nema.org/resources/ontology/DCM'
        ELSE 'http://hl7.org/fhir/restful-interaction'
      END
    END,
    interaction
  ) AS subtype,
  NULL::text[] AS subtype_text,
  CASE interaction
    WHEN '110122' THEN audit_token('http://dicom.nema.org/resources/ontology/DCM', '110114')
    ELSE audit_token('http://terminology.hl7.org/CodeSystem/audit-event-type', 'rest')
  END AS type,
  NULL::text[] AS type_text,
  xid
FROM audit_record;
COMMENT ON VIEW audit_event IS 'The audit trail as FHIR searches it: one row per AuditEvent.';
