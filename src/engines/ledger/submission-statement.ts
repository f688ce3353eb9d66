/**
 * Writes the statement about a submission whose SHA-256 the ledger seals as its digest. The statement contains the
 * SHA-256 of the received bytes, so a sender that has the bytes can prove that they are sealed.
 * @see docs/ledger.md
 */
import { createHash } from 'node:crypto';

export interface SealedSubmission {
  id: string;
  status: string;
  sender: string;
  receivedAt: Date | number;
  sha256: Buffer;
  /** The digest of the submission's row and of how its bytes are stored. */
  row: Buffer;
  /** The versions that it wrote. */
  wrote: readonly { type: string; id: string; version: number; digest: Buffer }[];
}

export function submissionStatement(submission: SealedSubmission): string {
  const wrote = submission.wrote.map(
    ({ type, id, version, digest }) => `${type} ${id} ${version} ${digest.toString('hex')}`,
  );
  return [
    'homeward submission',
    `id ${submission.id}`,
    `status ${submission.status}`,
    `sender ${JSON.stringify(submission.sender)}`,
    `received ${typeof submission.receivedAt === 'number' ? submission.receivedAt : submission.receivedAt.toISOString()}`,
    `sha256 ${submission.sha256.toString('hex')}`,
    `row ${submission.row.toString('hex')}`,
    ...wrote.sort(),
    '',
  ].join('\n');
}

export function digestOfStatement(statement: string): Buffer {
  return createHash('sha256').update(statement).digest();
}
