-- Files of the folder whose submission is committed and that are not moved yet: see docs/transports/folder.md.

CREATE TABLE folder_file (
  folder uuid NOT NULL,
  path text NOT NULL,
  identity text NOT NULL,
  submission_id uuid NOT NULL,
  ending text NOT NULL CHECK (ending IN ('done', 'refused')),
  outcome text NOT NULL,
  PRIMARY KEY (folder, path, identity)
);
COMMENT ON TABLE folder_file IS 'A file of the inbox folder whose submission is committed, until the file is moved. A node that dies in between leaves the row, and the next node moves the file and does not submit it again.';
COMMENT ON COLUMN folder_file.path IS 'Below in/, such as RR8/summary.json; each byte of the name is one character.';
COMMENT ON COLUMN folder_file.identity IS 'Inode, size and times of the file: another file of that name is another submission.';
COMMENT ON COLUMN folder_file.outcome IS 'The OperationOutcome that is written beside the file.';
