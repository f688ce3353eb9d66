-- By which definition the derived columns of each type were made, and which of them are being made anew; see
-- docs/decisions/0043-facts-and-derivations.md.

CREATE TABLE indexed_type (
  type text PRIMARY KEY,
  fingerprint text NOT NULL,
  table_name text NOT NULL,
  indexed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE indexed_type IS 'By which definition the derived columns of a resource type''s rows were made.';
COMMENT ON COLUMN indexed_type.fingerprint IS 'Of the definition and of the code that makes rows by it.';
COMMENT ON COLUMN indexed_type.table_name IS 'The table that the rows are in.';

CREATE TABLE reindexing (
  table_name text PRIMARY KEY,
  wanted jsonb NOT NULL,
  after_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  done bigint NOT NULL DEFAULT 0,
  total bigint NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE reindexing IS 'Tables whose derived columns are being made anew, and how far that is.';
COMMENT ON COLUMN reindexing.wanted IS 'The types, each with the fingerprint that it will have.';
COMMENT ON COLUMN reindexing.after_id IS 'The resource that was done last.';
