-- Made from the definitions in src/resources/ by: npm run migration named_practices patient practitioner_role
-- docs/tables.md describes each column.

-- Patient: table `patient` and its history.
CREATE INDEX patient_names_practice ON patient (((id::text || ' ' || sender) COLLATE "C"), version_id DESC) WHERE coalesce(cardinality(general_practitioner), 0) <= 40 AND coalesce(cardinality(general_practitioner_identifier), 0) <= 40 AND coalesce(cardinality(general_practitioner), 0) + coalesce(cardinality(general_practitioner_identifier), 0) > 0;
CREATE INDEX patient_practice ON patient USING gin (general_practitioner) WITH (fastupdate = off) WHERE coalesce(cardinality(general_practitioner), 0) <= 40 AND coalesce(cardinality(general_practitioner_identifier), 0) <= 40 AND coalesce(cardinality(general_practitioner), 0) + coalesce(cardinality(general_practitioner_identifier), 0) > 0;
CREATE INDEX patient_practice_identifier ON patient USING gin (general_practitioner_identifier) WITH (fastupdate = off) WHERE coalesce(cardinality(general_practitioner), 0) <= 40 AND coalesce(cardinality(general_practitioner_identifier), 0) <= 40 AND coalesce(cardinality(general_practitioner), 0) + coalesce(cardinality(general_practitioner_identifier), 0) > 0;
CREATE INDEX patient_history_names_practice ON patient_history (((id::text || ' ' || sender) COLLATE "C"), version_id DESC) WHERE coalesce(cardinality(general_practitioner), 0) <= 40 AND coalesce(cardinality(general_practitioner_identifier), 0) <= 40 AND coalesce(cardinality(general_practitioner), 0) + coalesce(cardinality(general_practitioner_identifier), 0) > 0;
CREATE INDEX patient_history_practice ON patient_history USING gin (general_practitioner) WITH (fastupdate = off) WHERE coalesce(cardinality(general_practitioner), 0) <= 40 AND coalesce(cardinality(general_practitioner_identifier), 0) <= 40 AND coalesce(cardinality(general_practitioner), 0) + coalesce(cardinality(general_practitioner_identifier), 0) > 0;
CREATE INDEX patient_history_practice_identifier ON patient_history USING gin (general_practitioner_identifier) WITH (fastupdate = off) WHERE coalesce(cardinality(general_practitioner), 0) <= 40 AND coalesce(cardinality(general_practitioner_identifier), 0) <= 40 AND coalesce(cardinality(general_practitioner), 0) + coalesce(cardinality(general_practitioner_identifier), 0) > 0;

-- PractitionerRole: table `practitioner_role` and its history.
CREATE INDEX practitioner_role_organization_code ON practitioner_role (((organization_identifier[1]) COLLATE "C")) WHERE organization_identifier IS NOT NULL;
