-- People who are signed in to the pages below /console/, and how often an address has tried to sign in; see
-- docs/console.md. Every process of every node shares them.

CREATE TABLE console_session (
  id_sha256 bytea PRIMARY KEY,
  name text NOT NULL,
  subject text NOT NULL,
  issuer text NOT NULL,
  roles text[] NOT NULL,
  ods_code text,
  reasons jsonb NOT NULL DEFAULT '{}',
  started_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL
);
COMMENT ON TABLE console_session IS 'Who is signed in to the pages. A row is removed at sign-out, or some time after it has expired.';
COMMENT ON COLUMN console_session.id_sha256 IS 'The SHA-256 of the session id. Only the cookie has the id itself.';
COMMENT ON COLUMN console_session.reasons IS 'The reasons given to break the glass, by patient id.';

CREATE TABLE console_throttle (
  address text PRIMARY KEY,
  used_until timestamptz NOT NULL
);
COMMENT ON TABLE console_throttle IS 'Limits the attempts to sign in of each address.';
COMMENT ON COLUMN console_throttle.used_until IS 'Each attempt adds its share of a minute. An attempt that would lead more than a minute ahead is refused.';

-- The same view as before, with the sign-out of a person (110123) beside the sign-in (110122).
CREATE OR REPLACE VIEW audit_event AS SELECT
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
        WHEN '110123' THEN 'http://dicom.nema.org/resources/ontology/DCM'
        ELSE 'http://hl7.org/fhir/restful-interaction'
      END
    END,
    interaction
  ) AS subtype,
  NULL::text[] AS subtype_text,
  CASE interaction
    WHEN '110122' THEN audit_token('http://dicom.nema.org/resources/ontology/DCM', '110114')
    WHEN '110123' THEN audit_token('http://dicom.nema.org/resources/ontology/DCM', '110114')
    ELSE audit_token('http://terminology.hl7.org/CodeSystem/audit-event-type', 'rest')
  END AS type,
  NULL::text[] AS type_text,
  xid
FROM audit_record;
