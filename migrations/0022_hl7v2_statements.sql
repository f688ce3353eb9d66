-- What an HL7 v2 message states, to tell a message that is sent again from another one; and which document it replaces.
ALTER TABLE hl7v2_message ADD COLUMN statement bytea;
ALTER TABLE hl7v2_message ADD COLUMN parent bytea;
CREATE INDEX hl7v2_message_parent ON hl7v2_message (sender, parent) WHERE parent IS NOT NULL;
COMMENT ON COLUMN hl7v2_message.statement IS 'SHA-256 of the message without the fields that its sender changes when it sends it again.';
COMMENT ON COLUMN hl7v2_message.parent IS 'Of a replacement (T10): SHA-256 of the number of the document that it replaces (TXA-13).';
