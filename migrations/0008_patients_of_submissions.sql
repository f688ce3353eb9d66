-- The patients whom a submission concerns, where patient_id does not say it: a transaction may be about several, and a
-- refused submission names some.

ALTER TABLE submission ADD COLUMN patients uuid[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN submission.patients IS
  'Every patient concerned, where patient_id does not say it all: whose data it wrote, or whom it named where it was refused.';

CREATE INDEX submission_patients ON submission USING gin (patients) WITH (fastupdate = off) WHERE patients <> '{}';
