-- The submissions about a patient that are newer than one that comes late: what they have withdrawn or changed, it may
-- store again, and its sender is told. The index has the patients first, as the one before it did.

CREATE INDEX submission_of_patient ON submission (patient_id, bundle_last_updated) WHERE patient_id IS NOT NULL;
DROP INDEX submission_patient;
