-- Made from the definitions in src/resources/ by: npm run migration patient_of_message_header
-- docs/tables.md describes each column.

-- MessageHeader: table `message_header` and its history.
CREATE INDEX message_header_of_patient ON message_header (patient_id, last_updated);
