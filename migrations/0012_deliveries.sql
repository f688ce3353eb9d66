-- What is to be sent to other systems: see docs/decisions/0053-outbox.md.

CREATE TABLE delivery (
  id uuid PRIMARY KEY,
  position bigint GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  submission_id uuid NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting', 'delivered', 'refused', 'failed')),
  created_at timestamptz NOT NULL,
  try_at timestamptz NOT NULL,
  give_up_at timestamptz NOT NULL,
  attempts integer NOT NULL,
  begun_at timestamptz,
  begun_by uuid,
  uncertain boolean NOT NULL,
  failing_since timestamptz,
  last_error text,
  ended_at timestamptz,
  reference text,
  envelope jsonb NOT NULL,
  payload bytea,
  payload_type text
);
COMMENT ON TABLE delivery IS 'The outbox: what is to be sent to another system, written in the transaction of its submission.';
COMMENT ON COLUMN delivery.position IS 'The order in which the deliveries of one destination are sent.';
COMMENT ON COLUMN delivery.name IS 'The destination, such as the name of a rule of FORWARD_FILE.';
COMMENT ON COLUMN delivery.try_at IS 'When the next attempt is due.';
COMMENT ON COLUMN delivery.give_up_at IS 'When a delivery that was never taken becomes failed.';
COMMENT ON COLUMN delivery.begun_at IS 'When the attempt began whose answer is not recorded; NULL when every attempt has its answer.';
COMMENT ON COLUMN delivery.begun_by IS 'The worker that began that attempt.';
COMMENT ON COLUMN delivery.uncertain IS 'True when an earlier attempt may have arrived: its answer is not known.';
COMMENT ON COLUMN delivery.failing_since IS 'When the first of the attempts failed that have failed since.';
COMMENT ON COLUMN delivery.reference IS 'What the destination calls it, such as the id of a MESH message.';
COMMENT ON COLUMN delivery.envelope IS 'What the destination needs beside the bytes, such as the mailbox of the recipient; no patient data.';
COMMENT ON COLUMN delivery.payload IS 'The bytes to send; NULL for the bytes of the submission as they were received.';

-- The next delivery of a destination, lists by name and state, and their counts.
CREATE INDEX delivery_of_name ON delivery (name, state, position);
CREATE UNIQUE INDEX delivery_position ON delivery (position);
-- The state of the queues, and lists of what did not arrive: few rows among very many.
CREATE INDEX delivery_unsettled ON delivery (state, position) WHERE state <> 'delivered';
CREATE INDEX delivery_of_submission ON delivery (submission_id);
CREATE INDEX delivery_reference ON delivery (reference) WHERE reference IS NOT NULL;
