/**
 * The marks of HL7 v2 messages: which message brought which submission, and which document it is about. A mark is
 * written in the transaction of its submission.
 */
import { createHash } from 'node:crypto';
import type { Queryable } from '../../platform/postgres';
import type { PlainWrite } from './commit';

export interface MessageMark {
  sender: string;
  /** Of the message as received. */
  sha256: Buffer;
  /** Of the message without the fields that its sender changes when it sends it again. */
  statement: Buffer;
  submissionId: string;
  /** The number of the document with its system, `system|value`. */
  document: string | undefined;
  /** The number of the document that it replaces, `system|value`. */
  parent: string | undefined;
  /** Of a retraction without the document: the submission that has the document. */
  retracts: string | undefined;
}

export function markOfMessage(mark: MessageMark): PlainWrite {
  const row = {
    sender: mark.sender,
    sha256: hex(mark.sha256),
    statement: hex(mark.statement),
    submission_id: mark.submissionId,
    document: mark.document === undefined ? null : hex(digest(mark.document)),
    parent: mark.parent === undefined ? null : hex(digest(mark.parent)),
    retracts: mark.retracts ?? null,
  };
  return { table: 'hl7v2_message', columns: Object.keys(row), rows: [row] };
}

/**
 * What became of a message with these bytes before. Of those refused, only a replacement that came after its own
 * replacement has a mark.
 */
export async function statusOfMessage(
  db: Queryable,
  sender: string,
  sha256: Buffer,
): Promise<'accepted' | 'refused' | undefined> {
  const [row] = await db.query<{ status: 'accepted' | 'refused' }>(
    {
      name: 'hl7v2_message_status',
      text: `SELECT submission.status FROM hl7v2_message JOIN submission ON submission.id = hl7v2_message.submission_id
        WHERE hl7v2_message.sender = $1 AND hl7v2_message.sha256 = $2`,
    },
    [sender, sha256],
  );
  return row?.status;
}

/** Which of the submissions came of a message that states the same. */
export async function submissionsStating(
  db: Queryable,
  statement: Buffer,
  submissionIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await db.query<{ submission_id: string }>(
    {
      name: 'hl7v2_submissions_stating',
      text: 'SELECT submission_id FROM hl7v2_message WHERE submission_id = ANY ($1::uuid[]) AND statement = $2',
    },
    [submissionIds, statement],
  );
  return new Set(rows.map((row) => row.submission_id));
}

/** The accepted submission of a sender with these bytes. */
export async function submissionWithBytes(
  db: Queryable,
  sender: string,
  sha256: Buffer,
): Promise<string | undefined> {
  const [row] = await db.query<{ id: string }>(
    {
      name: 'hl7v2_submission_with_bytes',
      text: `SELECT id FROM submission WHERE sender = $1 AND sha256 = $2 AND status = 'accepted'`,
    },
    [sender, sha256],
  );
  return row?.id;
}

/** The newest submission with a document, and its lineage. */
export interface DocumentBefore {
  submissionId: string;
  /** `system|value` of its Bundle.identifier; null for a Bundle without one. */
  lineage: string | null;
  /** True when the newest message with it named another document, which has replaced this one. */
  isReplaced: boolean;
  /** False when the newest submission came of no message about this document, such as a Bundle over HTTP. */
  isNamedByNewest: boolean;
}

/** What is stored of the document that a message names by its number. */
export async function documentBefore(
  db: Queryable,
  sender: string,
  document: string,
): Promise<DocumentBefore | undefined> {
  const [row] = await db.query<{
    id: string;
    lineage: string | null;
    is_named: boolean;
    is_about_another: boolean;
  }>(
    {
      name: 'hl7v2_document_before',
      text: `SELECT newest.id, newest.bundle_identifier AS lineage,
          EXISTS (SELECT FROM hl7v2_message AS m WHERE m.submission_id = newest.id AND m.document = $2) AS is_named,
          EXISTS (SELECT FROM hl7v2_message AS m WHERE m.submission_id = newest.id AND m.document IS NOT NULL)
            AS is_about_another
        FROM (
          SELECT submission.* FROM hl7v2_message JOIN submission ON submission.id = hl7v2_message.submission_id
          WHERE hl7v2_message.sender = $1 AND hl7v2_message.document = $2
          ORDER BY hl7v2_message.received_at DESC LIMIT 1
        ) AS brought
        CROSS JOIN LATERAL (
          SELECT s.id, s.bundle_identifier FROM submission AS s
          WHERE s.id = brought.id OR (s.sender = brought.sender AND s.status = 'accepted'
            AND s.bundle_identifier = brought.bundle_identifier)
          ORDER BY s.lineage_position DESC NULLS LAST LIMIT 1
        ) AS newest`,
    },
    [sender, digest(document)],
  );
  return (
    row && {
      submissionId: row.id,
      lineage: row.lineage,
      isReplaced: row.is_about_another && !row.is_named,
      isNamedByNewest: row.is_named,
    }
  );
}

/**
 * Whether messages have replaced the document by another, whether or not the document itself has come: by this one, if a
 * number is given, or by others alone.
 */
export async function replacementOf(
  db: Queryable,
  sender: string,
  { document, by }: { document: string; by: string | undefined },
): Promise<'none' | 'this' | 'other'> {
  const [row] = await db.query<{ is_this: boolean | null }>(
    {
      name: 'hl7v2_document_replaced',
      text: `SELECT bool_or(document IS NOT DISTINCT FROM $3) AS is_this FROM hl7v2_message
        WHERE sender = $1 AND parent = $2 AND document IS DISTINCT FROM parent`,
    },
    [sender, digest(document), digest(by ?? '')],
  );
  if (typeof row?.is_this !== 'boolean') return 'none';
  return row.is_this ? 'this' : 'other';
}

/** What is needed to make the Bundle of a stored message again. */
export interface StoredMessage {
  sender: string;
  lineage: string | null;
  retracts: string | null;
}

export async function storedMessage(db: Queryable, submissionId: string): Promise<StoredMessage | undefined> {
  const [row] = await db.query<StoredMessage & Record<string, unknown>>(
    {
      name: 'hl7v2_stored_message',
      text: `SELECT submission.sender, submission.bundle_identifier AS lineage, hl7v2_message.retracts
        FROM submission LEFT JOIN hl7v2_message
          ON hl7v2_message.submission_id = submission.id AND hl7v2_message.sha256 = submission.sha256
        WHERE submission.id = $1`,
    },
    [submissionId],
  );
  return row && { sender: row.sender, lineage: row.lineage, retracts: row.retracts };
}

const hex = (bytes: Buffer): string => `\\x${bytes.toString('hex')}`;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
