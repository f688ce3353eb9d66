-- Made from the definitions in src/resources/ by: npm run migration newest_first
-- docs/tables.md describes each column.

-- Encounter: table `encounter` and its history.
CREATE INDEX encounter_newest ON encounter (period_start DESC NULLS LAST);
DROP INDEX encounter_service_provider;
CREATE INDEX encounter_service_provider ON encounter (service_provider, status, last_updated DESC);

-- DocumentReference: table `document_reference` and its history.
CREATE INDEX document_reference_newest ON document_reference (date_start DESC NULLS LAST);
