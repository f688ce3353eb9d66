-- Made from the definitions in src/resources/ by: npm run migration stays_of_providers encounter
-- docs/tables.md describes each column.

-- Encounter: table `encounter` and its history.
CREATE INDEX encounter_of_patient_and_provider ON encounter (((patient_id::text || ' ' || service_provider) COLLATE "C")) WHERE service_provider IS NOT NULL;
CREATE INDEX encounter_of_patient_and_code ON encounter (((patient_id::text || ' ' || service_provider_identifier[1]) COLLATE "C")) WHERE service_provider_identifier IS NOT NULL;
