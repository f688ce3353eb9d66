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
  submissionId: string;
  /** The number of the document with its system, `system|value`. */
  document: string | undefined;
  /** Of a retraction without the document: the submission that has the document. */
  retracts: string | undefined;
}

export function markOfMessage(mark: MessageMark): PlainWrite {
  const row = {
    sender: mark.sender,
    sha256: hex(mark.sha256),
    submission_id: mark.submissionId,
    document: mark.document === undefined ? null : hex(digest(mark.document)),
    retracts: mark.retracts ?? null,
  };
  return { table: 'hl7v2_message', columns: Object.keys(row), rows: [row] };
}

/** True when a message with these bytes was accepted before. */
export async function isMarked(db: Queryable, sender: string, sha256: Buffer): Promise<boolean> {
  const rows = await db.query(
    {
      name: 'hl7v2_message_marked',
      text: 'SELECT 1 AS one FROM hl7v2_message WHERE sender = $1 AND sha256 = $2',
    },
    [sender, sha256],
  );
  return rows.length > 0;
}

/** The newest submission with a document, and its lineage. */
export interface DocumentBefore {
  submissionId: string;
  /** `system|value` of its Bundle.identifier; null for a Bundle without one. */
  lineage: string | null;
  /** True when the newest message with it named another document, which has replaced this one. */
  isReplaced: boolean;
}

/** What is stored of the document that a message names by its number. */
export async function documentBefore(
  db: Queryable,
  sender: string,
  document: string,
): Promise<DocumentBefore | undefined> {
  const [row] = await db.query<{ id: string; lineage: string | null; is_replaced: boolean }>(
    {
      name: 'hl7v2_document_before',
      text: `SELECT newest.id, newest.bundle_identifier AS lineage,
          EXISTS (SELECT FROM hl7v2_message AS m WHERE m.submission_id = newest.id AND m.document IS NOT NULL)
            AND NOT EXISTS (SELECT FROM hl7v2_message AS m WHERE m.submission_id = newest.id AND m.document = $2)
            AS is_replaced
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
  return row && { submissionId: row.id, lineage: row.lineage, isReplaced: row.is_replaced };
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
