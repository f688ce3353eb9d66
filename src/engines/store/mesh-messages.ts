/**
 * The statements on what came through MESH: which messages are handled (table `mesh_message`), and how each mailbox is
 * (table `mesh_mailbox`). @see docs/decisions/0055-mesh.md
 */
import type { Queryable } from '../../platform/postgres';
import type { PlainWrite } from './commit';

export interface HandledMessage {
  mailbox: string;
  messageId: string;
  submissionId: string;
  handledAt: Date;
}

/**
 * The mark of a message, to be written together with its submission. A second one violates the primary key, which undoes
 * the second submission.
 */
export function handledRow({ mailbox, messageId, submissionId, handledAt }: HandledMessage): PlainWrite {
  const row = {
    mailbox,
    message_id: messageId,
    submission_id: submissionId,
    handled_at: handledAt.toISOString(),
  };
  return { table: 'mesh_message', columns: Object.keys(row), rows: [row] };
}

/** Those of the messages that are handled. */
export async function handledAmong(
  db: Queryable,
  mailbox: string,
  messageIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (messageIds.length === 0) return new Set();
  const rows = await db.query<{ id: string }>(
    {
      name: 'mesh_handled',
      text: `SELECT message_id AS id FROM mesh_message WHERE mailbox = $1 AND message_id = ANY($2::text[])`,
    },
    [mailbox, messageIds],
  );
  return new Set(rows.map(({ id }) => id));
}

/** How a mailbox is, as the node that serves it saw it last. */
export interface MailboxState {
  mailbox: string;
  /** When the whole inbox was last looked through. */
  lookedAt: Date | null;
  /** Since when MESH cannot be used, and why not. */
  failingSince: Date | null;
  problem: string | null;
  /** The messages in the inbox that are not handled. */
  inbox: number;
  /** Those of them that are of another workflow or of an unknown sender. */
  leftAlone: number;
  /** Those of them that could not be handled: how many, the longest since when, and why. */
  stuck: number;
  stuckSince: Date | null;
  stuckProblem: string | null;
}

export async function saveMailboxState(db: Queryable, state: MailboxState, now: Date): Promise<void> {
  await db.query(
    {
      name: 'mesh_mailbox_save',
      text: `INSERT INTO mesh_mailbox (mailbox, looked_at, failing_since, problem, inbox, left_alone, stuck,
          stuck_since, stuck_problem, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (mailbox) DO UPDATE SET looked_at = excluded.looked_at,
          failing_since = excluded.failing_since, problem = excluded.problem, inbox = excluded.inbox,
          left_alone = excluded.left_alone, stuck = excluded.stuck, stuck_since = excluded.stuck_since,
          stuck_problem = excluded.stuck_problem, updated_at = excluded.updated_at`,
    },
    [
      state.mailbox,
      state.lookedAt,
      state.failingSince,
      state.problem,
      state.inbox,
      state.leftAlone,
      state.stuck,
      state.stuckSince,
      state.stuckProblem,
      now,
    ],
  );
}

export async function readMailboxStates(
  db: Queryable,
  mailboxes: readonly string[],
): Promise<MailboxState[]> {
  return db.query<MailboxState & Record<string, unknown>>(
    {
      name: 'mesh_mailbox_read',
      text: `SELECT mailbox, looked_at AS "lookedAt", failing_since AS "failingSince", problem, inbox,
          left_alone AS "leftAlone", stuck, stuck_since AS "stuckSince", stuck_problem AS "stuckProblem"
        FROM mesh_mailbox WHERE mailbox = ANY($1::text[])`,
    },
    [mailboxes],
  );
}
