-- What submissions have done to the data of a patient since one that comes late was made, or have withdrawn at any
-- time: a submission may store it again, and its sender is told. The first index has the patients first, as the one
-- before it did. Few submissions withdraw anything, and a patient may have very many.

CREATE INDEX submission_of_patient ON submission (patient_id, bundle_last_updated) WHERE patient_id IS NOT NULL;
DROP INDEX submission_patient;
CREATE INDEX submission_withdrew ON submission (patient_id) WHERE withdrawn <> '[]';
