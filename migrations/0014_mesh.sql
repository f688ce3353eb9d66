-- Messages that came through MESH: see docs/decisions/0055-mesh.md.

CREATE TABLE mesh_message (
  mailbox text NOT NULL,
  message_id text NOT NULL,
  submission_id uuid NOT NULL,
  handled_at timestamptz NOT NULL,
  PRIMARY KEY (mailbox, message_id)
);
COMMENT ON TABLE mesh_message IS 'The messages of MESH mailboxes that are submitted, each written in the transaction of its submission: a message that comes again is acknowledged and not submitted again.';
COMMENT ON COLUMN mesh_message.submission_id IS 'The submission, accepted or refused; of a resend, the first one.';

CREATE TABLE mesh_mailbox (
  mailbox text PRIMARY KEY,
  looked_at timestamptz,
  failing_since timestamptz,
  problem text,
  inbox integer NOT NULL,
  left_alone integer NOT NULL,
  stuck integer NOT NULL,
  stuck_since timestamptz,
  stuck_problem text,
  updated_at timestamptz NOT NULL
);
COMMENT ON TABLE mesh_mailbox IS 'What the node that serves a MESH mailbox saw last, for /_status and the metrics of every node.';
COMMENT ON COLUMN mesh_mailbox.looked_at IS 'When the whole inbox was last looked through.';
COMMENT ON COLUMN mesh_mailbox.failing_since IS 'Since when MESH cannot be used, and why not (problem); NULL while it can.';
COMMENT ON COLUMN mesh_mailbox.inbox IS 'How many messages were in the inbox and are not handled.';
COMMENT ON COLUMN mesh_mailbox.left_alone IS 'How many of these are of another workflow or of an unknown sender.';
COMMENT ON COLUMN mesh_mailbox.stuck IS 'How many of these could not be handled and are tried again.';
