-- Which message of HL7 v2 brought which submission: a later message replaces or retracts a document by its number.

CREATE TABLE hl7v2_message (
  sender text NOT NULL,
  sha256 bytea NOT NULL,
  submission_id uuid NOT NULL REFERENCES submission (id) ON DELETE CASCADE,
  document bytea,
  retracts uuid REFERENCES submission (id) ON DELETE SET NULL,
  received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (sender, sha256)
);
CREATE INDEX hl7v2_message_document ON hl7v2_message (sender, document, received_at) WHERE document IS NOT NULL;
CREATE INDEX hl7v2_message_submission ON hl7v2_message (submission_id);
CREATE INDEX hl7v2_message_retracts ON hl7v2_message (retracts) WHERE retracts IS NOT NULL;
COMMENT ON TABLE hl7v2_message IS 'The mark of each message of HL7 v2 that was accepted, written together with its submission.';
COMMENT ON COLUMN hl7v2_message.sha256 IS 'Of the message as it was received.';
COMMENT ON COLUMN hl7v2_message.document IS 'SHA-256 of the number of the document (TXA-12).';
COMMENT ON COLUMN hl7v2_message.retracts IS 'Of a retraction without the document: the submission with the document.';
