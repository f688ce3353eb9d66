-- The bytes of a document may be outside of the database, in a folder or an object store (DOCUMENT_STORE). Its row stays.
ALTER TABLE document_bytes ALTER COLUMN bytes DROP NOT NULL;
COMMENT ON TABLE document_bytes IS 'The documents, once each. The bytes are uncompressed and out of line, so that ranges are cheap; NULL where they are outside of the database.';
CREATE INDEX document_bytes_outside ON document_bytes (sha256) WHERE bytes IS NULL;
