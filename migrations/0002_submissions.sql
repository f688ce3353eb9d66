-- What was received: each submission, its bytes, its documents, and who has looked at it.

CREATE TABLE submission (
  id uuid PRIMARY KEY,
  sender text NOT NULL,
  client_id text NOT NULL,
  user_name text,
  door text NOT NULL,
  received_at timestamptz NOT NULL,
  status text NOT NULL CHECK (status IN ('accepted', 'refused')),
  http_status integer NOT NULL,
  sha256 bytea NOT NULL,
  size integer NOT NULL,
  content_type text NOT NULL,
  request_id text,
  bundle_type text,
  bundle_identifier text,
  bundle_version text,
  bundle_last_updated timestamptz,
  content_sha256 bytea,
  lineage_position integer,
  replaces uuid,
  nhs_number text,
  patient_id uuid,
  outcome text NOT NULL,
  repairs jsonb NOT NULL,
  review text[] NOT NULL,
  stored jsonb NOT NULL,
  withdrawn jsonb NOT NULL,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
COMMENT ON TABLE submission IS 'Everything received from an authenticated sender, accepted or refused; never changed afterwards.';
COMMENT ON COLUMN submission.door IS 'The interface that it came by.';
COMMENT ON COLUMN submission.stored IS 'What it stored: a list of {index, fullUrl, type, id, version, created}.';
COMMENT ON COLUMN submission.xid IS 'The transaction that wrote it: its place in the ledger follows from it.';

CREATE UNIQUE INDEX submission_once ON submission (sender, sha256) WHERE status = 'accepted';
CREATE UNIQUE INDEX submission_lineage ON submission (sender, bundle_identifier, lineage_position)
  WHERE status = 'accepted' AND bundle_identifier IS NOT NULL;
CREATE INDEX submission_replaces ON submission (replaces) WHERE replaces IS NOT NULL;
CREATE INDEX submission_xid ON submission (xid);

-- Lists of submissions, newest first.
CREATE INDEX submission_received ON submission (received_at, id);
CREATE INDEX submission_of_sender ON submission (sender, received_at, id);
CREATE INDEX submission_refused ON submission (received_at, id) WHERE status = 'refused';
CREATE INDEX submission_review ON submission (received_at, id) WHERE review <> '{}';

-- Submissions about one patient; those about several, or none, have no patient_id, and are found by what they stored.
CREATE INDEX submission_patient ON submission (patient_id) WHERE patient_id IS NOT NULL;
CREATE INDEX submission_nhs_number ON submission (nhs_number) WHERE nhs_number IS NOT NULL;
CREATE INDEX submission_of_several ON submission USING gin (stored jsonb_path_ops) WITH (fastupdate = off)
  WHERE patient_id IS NULL AND status = 'accepted';

-- Which submissions found a resource that was there already and wrote no version of it (ifNoneExist): a correction of
-- another summary must not withdraw what they refer to. Patients and Organizations, which every summary names, are
-- never withdrawn and left out.
CREATE INDEX submission_found ON submission USING gin (
    jsonb_path_query_array(stored, '$[*] ? (@.written == false && @.type != "Patient" && @.type != "Organization").id')
    jsonb_path_ops
  ) WITH (fastupdate = off)
  WHERE status = 'accepted';

CREATE TABLE submission_body (
  submission_id uuid PRIMARY KEY REFERENCES submission (id),
  encoding text NOT NULL,
  skeleton bytea NOT NULL,
  documents jsonb NOT NULL
);
ALTER TABLE submission_body ALTER COLUMN skeleton SET STORAGE EXTERNAL; -- it is compressed already
COMMENT ON TABLE submission_body IS 'The bytes received, with each document cut out (documents: [{offset, sha256}]) and the rest deflated.';

-- What retention asks before it removes a document: whether any submission still has it.
CREATE INDEX submission_body_documents ON submission_body USING gin (documents jsonb_path_ops) WITH (fastupdate = off)
  WHERE documents <> '[]';

CREATE TABLE document_bytes (
  sha256 bytea PRIMARY KEY,
  size integer NOT NULL,
  bytes bytea NOT NULL
);
ALTER TABLE document_bytes ALTER COLUMN bytes SET STORAGE EXTERNAL;
COMMENT ON TABLE document_bytes IS 'The bytes of documents, once each; uncompressed and out of line, so that ranges are cheap.';

CREATE TABLE "binary" (
  id uuid PRIMARY KEY,
  patient_id uuid,
  submission_id uuid NOT NULL,
  owner_type text NOT NULL,
  owner_id uuid NOT NULL,
  content_type text NOT NULL,
  size integer NOT NULL,
  sha256 bytea NOT NULL,
  last_updated timestamptz NOT NULL,
  security_context text
);
CREATE INDEX binary_owner ON "binary" (owner_id);
CREATE INDEX binary_of_submission ON "binary" (submission_id);
CREATE INDEX binary_sha256 ON "binary" (sha256);
COMMENT ON TABLE "binary" IS 'One document as an attachment of one resource version: what Binary/<id> answers.';

CREATE TABLE review_mark (
  id uuid PRIMARY KEY,
  submission_id uuid NOT NULL,
  reviewed_at timestamptz NOT NULL,
  client_id text NOT NULL,
  organisation text,
  user_name text,
  note text NOT NULL,
  closed boolean,
  mac bytea NOT NULL,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX review_mark_of ON review_mark (submission_id, reviewed_at);
CREATE INDEX review_mark_xid ON review_mark (xid);
COMMENT ON TABLE review_mark IS 'Who has looked at a submission, when, and what they noted; rows are only ever added.';
COMMENT ON COLUMN review_mark.closed IS 'True where this mark closed the review, false where it opened it again, NULL where it did neither.';
COMMENT ON COLUMN review_mark.mac IS 'HMAC-SHA256 of the mark: shows that the server wrote it.';
